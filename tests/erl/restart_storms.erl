%% Crashes that come faster than anybody could mend them: supervisors restart, give up, and take what is below them along, level by level.
-module(restart_storms).
-behaviour(supervisor).
-export([main/1, init/1, start_level/2, start_leaf/2]).

main(_) ->
    process_flag(trap_exit, true),
    Before = length(processes()),
    [chain(Depth) || Depth <- [1, 3, 6]],
    [siblings(Strategy) || Strategy <- [one_for_one, one_for_all, rest_for_one]],
    crowd(),
    slow_to_stop(),
    t:show(length(processes()) =:= Before).

%% The child of the last level dies whenever it starts; each level allows two restarts, so every supervisor sees three deaths.
chain(Depth) ->
    Starts = counters:new(1, []),
    {ok, Top} = supervisor:start_link(?MODULE, {level, Depth, Starts}),
    receive {'EXIT', Top, Reason} -> t:show({chain, Depth, Reason, counters:get(Starts, 1)}) end.

start_level(Depth, Starts) -> supervisor:start_link(?MODULE, {level, Depth, Starts}).

start_leaf(Starts, When) ->
    counters:add(Starts, 1, 1),
    {ok, spawn_link(fun() -> leaf(When) end)}.
leaf(at_once) -> exit(crashed);
leaf(told) -> receive crash -> exit(crashed) end;
leaf(never) -> process_flag(trap_exit, true), leaf(deaf);
leaf(deaf) -> receive nothing -> ok end.

init({level, 1, Starts}) ->
    {ok, {#{strategy => one_for_one, intensity => 2, period => 3600}, [leaf(leaf, Starts, at_once)]}};
init({level, Depth, Starts}) ->
    {ok, {#{strategy => one_for_one, intensity => 2, period => 3600},
          [#{id => level, start => {?MODULE, start_level, [Depth - 1, Starts]}, type => supervisor}]}};
init({siblings, Strategy, Starts}) ->
    {ok, {#{strategy => Strategy, intensity => 5, period => 3600}, [leaf(N, Starts, told) || N <- lists:seq(1, 50)]}};
init({crowd, Starts}) ->
    {ok, {#{strategy => simple_one_for_one, intensity => 100000, period => 3600}, [leaf(any, Starts, told)]}};
init({deaf, Starts}) ->
    {ok, {#{intensity => 0, period => 1}, [(leaf(N, Starts, never))#{shutdown => 20} || N <- lists:seq(1, 5)] ++ [leaf(bomb, Starts, told)]}}.
leaf(Id, Starts, When) -> #{id => Id, start => {?MODULE, start_leaf, [Starts, When]}}.

child(Sup, Id) -> hd([P || {I, P, _, _} <- supervisor:which_children(Sup), I =:= Id]).
started(Starts, N) -> counters:get(Starts, 1) >= N orelse begin timer:sleep(1), started(Starts, N) end.

%% The 25th of fifty dies five times, and once more.
siblings(Strategy) ->
    Starts = counters:new(1, []),
    {ok, Sup} = supervisor:start_link(?MODULE, {siblings, Strategy, Starts}),
    Each = case Strategy of one_for_one -> 1; one_for_all -> 50; rest_for_one -> 26 end,
    Counts = [begin
                  Was = child(Sup, 25),
                  Was ! crash,
                  started(Starts, 50 + N * Each),
                  true = child(Sup, 25) =/= Was,
                  counters:get(Starts, 1)
              end || N <- lists:seq(1, 5)],
    t:show({Strategy, Counts, supervisor:count_children(Sup)}),
    child(Sup, 25) ! crash,
    receive {'EXIT', Sup, Reason} -> t:show({Strategy, Reason, counters:get(Starts, 1)}) end.

%% Three hundred die at once, ten times.
crowd() ->
    Starts = counters:new(1, []),
    {ok, Sup} = supervisor:start_link(?MODULE, {crowd, Starts}),
    [{ok, _} = supervisor:start_child(Sup, []) || _ <- lists:seq(1, 300)],
    [begin
         Pids = [P || {_, P, _, _} <- supervisor:which_children(Sup), is_pid(P)],
         [exit(P, kill) || P <- Pids],
         started(Starts, 300 + 300 * N)
     end || N <- lists:seq(1, 10)],
    Pids = [P || {_, P, _, _} <- supervisor:which_children(Sup), is_process_alive(P)],
    t:show({crowd, length(Pids), counters:get(Starts, 1), supervisor:count_children(Sup)}),
    exit(Sup, shutdown),
    receive {'EXIT', Sup, Reason} -> t:show({Reason, [P || P <- Pids, is_process_alive(P)]}) end.

%% Children that do not listen are killed, one after the other.
slow_to_stop() ->
    Starts = counters:new(1, []),
    {ok, Sup} = supervisor:start_link(?MODULE, {deaf, Starts}),
    Pids = [P || {_, P, _, _} <- supervisor:which_children(Sup)],
    child(Sup, bomb) ! crash,
    receive {'EXIT', Sup, Reason} -> t:show({Reason, [P || P <- Pids, is_process_alive(P)], counters:get(Starts, 1)}) end.
