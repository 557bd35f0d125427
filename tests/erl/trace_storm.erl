%% Breakpoints come and go, modules are loaded and purged, while processes on all schedulers call what is traced. Nothing may crash or be
%% miscounted; only sums that do not depend on time are printed.
-module(trace_storm).
-export([main/1, a/2, b/1, c/1]).

a(0, Acc) -> Acc;
a(N, Acc) -> a(N - 1, [b(N) | lists:sublist(Acc, 3)]).
b(N) -> try c(N) of X -> X catch throw:X -> {thrown, X} end.
c(N) when N rem 7 =:= 0 -> throw(N);
c(N) -> lists:reverse([N], [binary_to_list(list_to_binary([N rem 256]))]).

main(_) ->
    Workers = [spawn_monitor(fun() -> work(I) end) || I <- lists:seq(1, 8)],
    Sink = spawn(fun Loop() -> receive stop -> ok; _ -> Loop() end end),
    [erlang:trace(P, true, [call, return_to, {tracer, Sink}]) || {P, _} <- Workers],
    Loader = spawn_monitor(fun() -> reload(3) end),
    [P ! go || {P, _} <- Workers],
    storm(10),
    [P ! stop || {P, _} <- Workers],
    [receive {'DOWN', R, process, P, Why} -> io:format("~p~n", [Why]) end || {P, R} <- Workers ++ [Loader]],
    Sink ! stop,
    erlang:trace_pattern({'_', '_', '_'}, false, [local, meta, call_count, call_time]),
    erlang:trace_pattern({'_', '_', '_'}, false, []),
    exact(),
    ok.

work(I) -> receive go -> ok end, spin(I).
spin(I) ->
    [[1, [1]], [2, [2]], [3, [3]], [4, [4]]] = a(200, []),
    {thrown, 7} = b(7),
    catch trace_storm_other:f(I),
    receive stop -> ok after 0 -> spin(I) end.

storm(0) -> ok;
storm(N) ->
    What = lists:nth(1 + N rem 5, [{?MODULE, '_', '_'}, {?MODULE, b, 1}, {lists, '_', '_'}, {trace_storm_other, '_', '_'}, {erlang, list_to_binary, 1}]),
    Spec = lists:nth(1 + N rem 3, [true, [{'_', [], [{return_trace}]}], [{'_', [], [{exception_trace}, {message, {caller}}]}]]),
    Kind = lists:nth(1 + N rem 4, [[local], [], [local, call_count], [meta]]),
    erlang:trace_pattern(What, Spec, Kind),
    erlang:trace_pattern(What, true, lists:nth(1 + N rem 2, [[call_count], [call_time]])),
    erlang:yield(),
    discard(),
    erlang:trace_pattern(What, false, Kind),
    erlang:trace_pattern(What, false, [call_time, call_count]),
    storm(N - 1).
discard() -> receive {trace_ts, _, _, _, _} -> discard(); {trace_ts, _, _, _, _, _} -> discard() after 0 -> ok end.

reload(0) -> ok;
reload(N) ->
    M = trace_storm_other,
    {ok, M, Beam} = compile:forms([{attribute, 1, module, M}, {attribute, 1, export, [{f, 1}]},
        {function, 1, f, 1, [{clause, 1, [{var, 1, 'X'}], [], [{tuple, 1, [{integer, 1, N}, {call, 1, {atom, 1, g}, [{var, 1, 'X'}]}]}]}]},
        {function, 2, g, 1, [{clause, 2, [{var, 2, 'X'}], [], [{var, 2, 'X'}]}]}]),
    {module, M} = code:load_binary(M, "x", Beam),
    erlang:trace_pattern({M, '_', '_'}, true, [local]),
    code:soft_purge(M) orelse code:purge(M),
    reload(N - 1).

%% Calls that are counted while all schedulers make them.
exact() ->
    erlang:trace_pattern({?MODULE, c, 1}, true, [call_count]),
    erlang:trace_pattern({lists, reverse, 2}, true, [call_count]),
    Ps = [spawn_monitor(fun() -> a(3000, []) end) || _ <- lists:seq(1, 6)],
    [receive {'DOWN', R, process, P, Why} -> normal = Why end || {P, R} <- Ps],
    io:format("~p~n", [erlang:trace_info({?MODULE, c, 1}, call_count)]),
    {call_count, N} = erlang:trace_info({lists, reverse, 2}, call_count),
    io:format("~p~n", [N >= 15426]),
    erlang:trace_pattern({'_', '_', '_'}, false, [call_count]).
