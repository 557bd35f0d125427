%% area: funs repeat: 6
-module(fun_apply).
-export([main/0, op/2]).
main() -> loop(6000000, 0).
loop(0, A) -> A;
loop(N, A) ->
    B = case N rem 3 of
            0 -> apply(m(N), op, [A, N]);
            1 -> (fun ?MODULE:op/2)(A, N);
            2 -> (fun lop/2)(A, N)
        end,
    loop(N - 1, B band 16#FFFFFF).
m(_) -> ?MODULE.
op(A, B) -> A + B.
lop(A, B) -> A bxor B.
