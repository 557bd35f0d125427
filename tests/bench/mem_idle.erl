%% area: memory
%% 200,000 processes that wait: the cost of an idle process is (peak memory - that of `start`) / 200,000.
-module(mem_idle).
-export([main/0]).
main() ->
    Ps = [spawn(fun() -> receive stop -> ok end end) || _ <- lists:seq(1, 200000)],
    [P ! stop || P <- Ps],
    length(Ps).
