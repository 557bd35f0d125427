%% area: parallel
%% CPU-bound work in 16 processes, nothing shared: for `tools/bench --scaling`.
-module(parallel).
-export([main/0]).
main() ->
    Self = self(),
    Refs = [begin R = make_ref(), spawn_link(fun() -> Self ! {R, fib(33) + length(lists:sort(random(20000, I)))} end), R end || I <- lists:seq(1, 16)],
    lists:sum([receive {R, V} -> V end || R <- Refs]).
fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).
random(0, _) -> [];
random(N, X) -> X1 = (X * 1103515245 + 12345) band 16#7FFFFFFF, [X1 | random(N - 1, X1)].
