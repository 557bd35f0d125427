%% area: exceptions repeat: 8
-module(exc_stack).
-export([main/0]).
main() -> loop(250000, 0).
loop(0, A) -> A;
loop(N, A) ->
    B = try a(N) catch error:R:S -> A + length(S) + erlang:phash2(R, 7) end,
    C = try a(-N) of _ -> 0 after put(n, N) end,
    loop(N - 1, B + C).
a(N) -> 1 + b(N).
b(N) -> 1 + c(N).
c(N) when N < 0 -> 0;
c(N) when N rem 2 =:= 0 -> hd([] -- [N]);
c(N) -> {ok, _} = id(N), 0.
id(N) -> {error, N}.
