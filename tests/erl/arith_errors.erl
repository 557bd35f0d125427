%% What arithmetic raises, with class, reason and the stacktrace's own frames.
-module(arith_errors).
-export([main/1]).

main(_) ->
    Bad = [{'+', [a, 1]}, {'+', [1, b]}, {'-', [a, 1]}, {'*', ["x", 2]}, {'/', [1, 0]}, {'/', [1, 0.0]}, {'/', [a, 1]},
           {'div', [1, 0]}, {'div', [1.0, 2]}, {'rem', [5, 0]}, {'rem', [a, 2]}, {'band', [1.0, 2]}, {'bor', [1, {}]},
           {'bxor', [[], 1]}, {'bsl', [1, a]}, {'bsr', [1.5, 2]}, {'bnot', [1.0]}, {'-', [abc]}, {'+', [abc]},
           {'not', [1]}, {'and', [true, 1]}, {'or', [0, false]}, {'xor', [a, true]}],
    [show(Op, Args) || {Op, Args} <- Bad],
    [show(F, A) || {F, A} <- [{abs, [a]}, {float, [a]}, {round, [x]}, {trunc, ["1"]}, {ceil, [{}]}, {floor, [nil]},
                              {float, [1 bsl 1100]}, {'/', [1 bsl 2000, 1]}, {'+', [1.0, 1 bsl 1100]}]],
    %% erlc makes a constant of the atom: both operands of the instruction are constants
    t:show([t:try_it(fun() -> list_to_atom("a") + 1 end), t:try_it(fun() -> 1 + list_to_atom("a") end),
            t:try_it(fun() -> list_to_atom("a") - 1 end), t:try_it(fun() -> 2 * list_to_atom("a") end)]),
    [direct(N) || N <- lists:seq(1, 12)].

show(Op, Args) ->
    try apply(erlang, Op, Args) of
        V -> io:format("~w ~w -> ~w~n", [Op, Args, V])
    catch
        C:R:St -> [{M, F, A, _} | _] = St, io:format("~w ~w ~w ~w ~w~n", [Op, Args, C, R, {M, F, A}])
    end.

id(X) -> X.

direct(N) ->
    try calc(N, id(a), id(0), id(1.0e308)) of
        V -> io:format("~w ~w~n", [N, V])
    catch
        C:R:St -> [{M, F, A, L} | _] = St, io:format("~w ~w ~w ~w line ~w~n", [N, C, R, {M, F, A}, proplists:get_value(line, L)])
    end.

calc(1, A, _, _) -> A + 1;
calc(2, A, _, _) -> 1 + A;
calc(3, A, B, _) -> B - A;
calc(4, _, B, _) -> 17 div B;
calc(5, _, B, _) -> 17 rem B;
calc(6, _, B, _) -> 17 / B;
calc(7, _, _, F) -> F * 10;
calc(8, _, _, F) -> F + F;
calc(9, A, _, _) -> A bsl 3;
calc(10, A, _, _) -> -A;
calc(11, A, _, _) -> bnot A;
calc(12, _, B, _) -> B * 3.
