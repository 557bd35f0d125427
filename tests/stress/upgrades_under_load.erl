%% flags: +S 2:2
%% timeout: 60
%% A server under load goes through hot upgrades (sys:suspend, load, change_code, resume) that turn its state from one shape
%% into another and back, and loses no call. The full measure, with figures:
%%   joist run tests/stress/upgrades_under_load.erl 200 50 20000 50    upgrades, clients, calls a second, ms between upgrades
-module(upgrades_under_load).
-export([main/1]).

main([Upgrades, Clients, Rate, Pause]) ->
    {Figures, Result} = measure(list_to_integer(Upgrades), list_to_integer(Clients), list_to_integer(Rate), list_to_integer(Pause)),
    io:format("~p~n~p~n", [Result, Figures]);
main(_) ->
    {_, Result} = measure(20, 50, 5000, 30),
    io:format("~p~n", [Result]).

%% The state of odd versions is a tuple, that of even ones a map.
source(N) ->
    {Old, New} = case N rem 2 of
        1 -> {"#{calls := N}", "{calls, N}"};
        0 -> {"{calls, N}", "#{calls => N}"}
    end,
    State = case N rem 2 of 1 -> "{calls, N}"; 0 -> "#{calls := N}" end,
    Next = case N rem 2 of 1 -> "{calls, N + 1}"; 0 -> "#{calls => N + 1}" end,
    Version = integer_to_list(N),
    ["-module(loaded_server).", "-export([init/1, handle_call/3, handle_cast/2, code_change/3]).",
     "init([]) -> {ok, {calls, 0}}.", "handle_cast(_, S) -> {noreply, S}.",
     "handle_call({add, X}, _, " ++ State ++ ") -> {reply, {X + 1, " ++ Version ++ "}, " ++ Next ++ "};"
     "handle_call(calls, _, " ++ State ++ " = S) -> {reply, {N, " ++ Version ++ "}, S}.",
     "code_change(" ++ integer_to_list(N - 1) ++ ", " ++ Old ++ ", extra) -> {ok, " ++ New ++ "}."].

compiled(N) ->
    Forms = [begin {ok, T, _} = erl_scan:string(Text), {ok, F} = erl_parse:parse_form(T), F end || Text <- source(N)],
    {ok, loaded_server, Beam} = compile:forms(Forms),
    Beam.

load(Beam) ->
    true = code:soft_purge(loaded_server),
    {module, loaded_server} = code:load_binary(loaded_server, "loaded_server.erl", Beam).

measure(Upgrades, Clients, Rate, Pause) ->
    [First | Beams] = [compiled(N) || N <- lists:seq(1, Upgrades + 1)],
    load(First),
    {ok, Server} = gen_server:start(loaded_server, [], []),
    Stop = atomics:new(1, []),
    Start = erlang:monotonic_time(millisecond),
    Clock = [spawn_monitor(fun() -> client(Server, Stop, Start, Rate / Clients / 1000, 0, 0, 0) end) || _ <- lists:seq(1, Clients)],
    Held = [upgrade(Server, Beam, N, Pause) || {N, Beam} <- lists:zip(lists:seq(1, Upgrades), Beams)],
    timer:sleep(Pause),
    atomics:put(Stop, 1, 1),
    Ends = [receive {'DOWN', M, process, P, Reason} -> Reason end || {P, M} <- Clock],
    Time = erlang:monotonic_time(millisecond) - Start,
    Calls = lists:sum([Done || {done, Done, _, _} <- Ends]),
    {Counted, Version} = gen_server:call(Server, calls),
    Figures = [{calls, Calls}, {a_second, Calls * 1000 div Time}, {slowest_call_ms, lists:max([0 | [S || {done, _, S, _} <- Ends]]) / 1000},
        {slowest_upgrade_ms, lists:max(Held) / 1000}, {mean_upgrade_ms, lists:sum(Held) / length(Held) / 1000}],
    {Figures, [{clients_that_ended_well, length([1 || {done, _, _, _} <- Ends])}, {lost, Counted - Calls}, {version, Version},
        {versions_seen_in_order, lists:all(fun({done, _, _, Ordered}) -> Ordered; (_) -> false end, Ends)},
        {enough_calls, Calls > 2 * Upgrades}, {left_in_mailbox, element(2, process_info(Server, message_queue_len))},
        {old_code, erlang:check_old_code(loaded_server) andalso erlang:check_process_code(Server, loaded_server)}]}.

%% Makes as many calls as are due by the clock; none is made ahead of it.
client(Server, Stop, Start, Rate, Done, Slowest, Version) ->
    Due = trunc((erlang:monotonic_time(millisecond) - Start) * Rate),
    case atomics:get(Stop, 1) of
        1 -> exit({done, Done, Slowest, is_integer(Version)});
        0 when Done >= Due -> timer:sleep(1), client(Server, Stop, Start, Rate, Done, Slowest, Version);
        0 ->
            Before = erlang:monotonic_time(microsecond),
            {Answer, Now} = gen_server:call(Server, {add, Done}, 60000),
            Took = erlang:monotonic_time(microsecond) - Before,
            Answer = Done + 1,
            Seen = if Now >= Version -> Now; true -> backwards end,
            client(Server, Stop, Start, Rate, Done + 1, max(Took, Slowest), Seen)
    end.

%% Microseconds for which the server was suspended.
upgrade(Server, Beam, Version, Pause) ->
    timer:sleep(Pause),
    Before = erlang:monotonic_time(microsecond),
    ok = sys:suspend(Server),
    load(Beam),
    ok = sys:change_code(Server, loaded_server, Version, extra),
    ok = sys:resume(Server),
    erlang:monotonic_time(microsecond) - Before.
