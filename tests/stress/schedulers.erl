%% flags: +S 4:4
%% What is asked of the schedulers while they work: the list of processes while lives are handed on, schedulers that go offline and
%% back, and all but one that stand still.
-module(schedulers).
-export([main/1]).

main(_) ->
    t:show(snapshots()),
    t:show(online()),
    t:show(blocked()).

%% Chains of processes: each spawns its successor and ends. At any moment there is one of each chain.
snapshots() ->
    Before = length(processes()),
    Chains = 200,
    Keeper = spawn(fun() -> receive stop -> ok end end),
    [spawn(fun() -> chain(Keeper) end) || _ <- lists:seq(1, Chains)],
    Counts = [length(processes()) >= Before + Chains + 1 || _ <- lists:seq(1, 200)],
    Members = [lists:member(Keeper, processes()) || _ <- lists:seq(1, 30)],
    Unique = [begin L = processes(), length(lists:usort(L)) =:= length(L) end || _ <- lists:seq(1, 30)],
    Keeper ! stop,
    stress:wait_until(fun() -> length(processes()) =:= Before end),
    [lists:usort(L) || L <- [Counts, Members, Unique]].

chain(Keeper) ->
    case is_process_alive(Keeper) of
        true -> spawn(fun() -> chain(Keeper) end);
        false -> ok
    end.

%% Work goes on whatever number of them is online.
online() ->
    Self = self(),
    Spinners = [spawn(fun Spin() -> lists:seq(1, 100), Spin() end) || _ <- lists:seq(1, 8)],
    Done = [begin
        Old = erlang:system_flag(schedulers_online, N),
        true = is_integer(Old),
        [spawn(fun() -> lists:sum(lists:seq(1, 1000)), Self ! {done, self()} end) || _ <- lists:seq(1, 20)],
        [receive {done, _} -> ok end || _ <- lists:seq(1, 20)],
        erlang:system_info(schedulers_online)
    end || _ <- [1, 2], N <- [1, 3, 2, 4]],
    [exit(P, kill) || P <- Spinners],
    Done.

%% While one blocks the others nobody else counts on.
blocked() ->
    Counter = counters:new(1, []),
    Ps = [spawn(fun Count() -> counters:add(Counter, 1, 1), Count() end) || _ <- lists:seq(1, 4)],
    Stopped = [begin
        erlang:system_flag(multi_scheduling, block),
        A = counters:get(Counter, 1),
        busy(500),
        B = counters:get(Counter, 1),
        erlang:system_flag(multi_scheduling, unblock),
        erlang:yield(),
        A =:= B
    end || _ <- lists:seq(1, 20)],
    [exit(P, kill) || P <- Ps],
    {length([x || true <- Stopped]) > 5, erlang:system_info(multi_scheduling)}.

busy(0) -> ok;
busy(N) -> busy(N - 1).
