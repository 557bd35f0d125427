%% area: integers repeat: 4
-module(int_fib).
-export([main/0]).
main() -> fib(36).
fib(N) when N < 2 -> N;
fib(N) -> fib(N - 1) + fib(N - 2).
