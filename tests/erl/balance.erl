%% Queues are evened out: processes behind one of high priority that never ends go to other schedulers, and equals get equal turns. Whoever is
%% asked something by a better process answers at once, but runs at its own priority.
-module(balance).
-export([main/1]).

main(_) ->
    process_flag(priority, max),
    Online = erlang:system_info(schedulers_online),
    erts_debug:set_internal_state(available_internal_state, true),
    t:show({behind_high, behind_high(Online)}),
    t:show({equal, equal()}),
    t:show({asked, asked(Online)}),
    t:show({balanced, erts_debug:get_internal_state(nbalance) > 0 orelse Online < 2}),
    erts_debug:set_internal_state(available_internal_state, false).

%% With one scheduler nothing of normal priority may run.
behind_high(Online) ->
    Counters = counters:new(60, []),
    Normal = workers(40, normal, Counters, 1),
    High = workers(1, high, Counters, 60),
    until(fun() -> counters:get(Counters, 60) > 0 end),
    %% every one of them gets turns again and again
    [until(fun() -> ran_all(Counters, 1, 40) end) || Online > 1, _ <- [1, 2, 3]],
    stop(Normal ++ High).

equal() ->
    Counters = counters:new(60, []),
    Workers = workers(60, normal, Counters, 1),
    receive after 100 -> ok end,
    Before = [counters:get(Counters, I) || I <- lists:seq(1, 60)],
    receive after 400 -> ok end,
    Turns = lists:sort([counters:get(Counters, I) - B || {I, B} <- lists:zip(lists:seq(1, 60), Before)]),
    {stop(Workers), hd(Turns) > 0}.

%% While those of high priority have all schedulers, questions are no turns.
asked(Online) ->
    Counters = counters:new(60, []),
    [Normal] = workers(1, normal, Counters, 1),
    High = workers(4 * Online, high, Counters, 2),
    until(fun() -> lists:all(fun(I) -> counters:get(Counters, I) > 0 end, lists:seq(2, 4 * Online + 1)) end),
    receive after 100 -> ok end,
    Before = counters:get(Counters, 1),
    [{reductions, _} = process_info(Normal, reductions) || _ <- lists:seq(1, 500)],
    Ran = counters:get(Counters, 1) - Before,
    {stop([Normal | High]), Ran < 2000}.

workers(N, Priority, Counters, From) ->
    [spawn_opt(fun() -> work(Counters, I) end, [link, {priority, Priority}]) || I <- lists:seq(From, From + N - 1)].
work(Counters, I) -> counters:add(Counters, I, 1), _ = lists:seq(1, 500), work(Counters, I).

stop(Workers) ->
    [begin unlink(P), exit(P, kill) end || P <- Workers],
    until(fun() -> not lists:any(fun is_process_alive/1, Workers) end).

ran_all(Counters, From, To) ->
    Before = [counters:get(Counters, I) || I <- lists:seq(From, To)],
    receive after 20 -> ok end,
    lists:all(fun({I, B}) -> counters:get(Counters, I) > B end, lists:zip(lists:seq(From, To), Before)).

until(F) -> until(F, 500).
until(_, 0) -> never;
until(F, N) -> case F() of true -> ok; false -> receive after 10 -> until(F, N - 1) end end.
