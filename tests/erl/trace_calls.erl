%% Local and global call tracing of processes: calls, returns, return_to, exceptions, match specifications, reloading.
-module(trace_calls).
-export([main/1, f/1, g/1, h/1, boom/1, deep/2, chain/1, sleepy/0, spawned/1, gone/1, bits/1, handled/1]).

main(_) ->
    local_and_global(),
    flags(),
    returns(),
    exceptions(),
    specs(),
    in_processes(),
    collections(),
    reloading(),
    on_load(),
    ok.

f(X) -> Y = g(X), {f, Y}.
g(X) -> Y = ?MODULE:h(X), [Y].
h(X) -> lists:reverse([X, X]).
boom(0) -> throw(zero);
boom(N) -> R = boom(N - 1), {N, R}.
handled(N) -> try boom(N) catch throw:Z -> {caught, Z} end.
deep(0, _) -> [];
deep(N, Bin) -> R = deep(N - 1, <<Bin/binary, N>>), [{N, byte_size(Bin)} | R].
chain(0) -> done;
chain(N) -> chain(N - 1).
sleepy() -> receive {go, From} -> From ! {went, self()}, erlang:hibernate(?MODULE, sleepy, []); stop -> stopped end.
spawned(X) -> X.
gone(X) -> exit({gone, X}).
bits(<<A, Rest/binary>>) -> [A | bits(Rest)];
bits(<<>>) -> [].

p(Tag, X) -> io:format("~p: ~p~n", [Tag, X]).
local(F, A, Spec) -> p({local, F}, erlang:trace_pattern({?MODULE, F, A}, Spec, [local])).
off() -> erlang:trace_pattern({?MODULE, '_', '_'}, false, [local]), erlang:trace_pattern({?MODULE, '_', '_'}, false, []).

%% Runs F in a process traced with Flags; prints its result and what was told.
run(Tag, Flags, F) ->
    Pid = spawn(fun() -> receive go -> ok end, exit({done, catch F()}) end),
    Ref = erlang:monitor(process, Pid),
    1 = erlang:trace(Pid, true, Flags),
    Pid ! go,
    receive {'DOWN', Ref, process, Pid, R} -> p({Tag, result}, R) end,
    p({Tag, events}, events(Pid)).

events(Pid) ->
    Ref = erlang:trace_delivered(Pid),
    events(Pid, Ref).
events(Pid, Ref) ->
    receive
        {trace, Pid, What, A} -> [{What, A} | events(Pid, Ref)];
        {trace, Pid, What, A, B} -> [{What, A, B} | events(Pid, Ref)];
        {trace, Pid, What, A, B, C} -> [{What, A, B, C} | events(Pid, Ref)];
        {trace_ts, Pid, What, A, T} when is_tuple(T); is_integer(T) -> [{ts, What, A} | events(Pid, Ref)];
        {trace_delivered, Pid, Ref} -> []
    end.

local_and_global() ->
    local('_', '_', true),
    run(local, [call], fun() -> f(1) end),
    off(),
    p(global, erlang:trace_pattern({?MODULE, '_', '_'}, true, [])),
    run(global, [call], fun() -> f(2), ?MODULE:f(3) end),
    p(both, erlang:trace_pattern({?MODULE, g, 1}, true, [local])),
    run(mixed, [call], fun() -> ?MODULE:f(4) end),
    off(),
    run(nothing, [call], fun() -> ?MODULE:f(5) end),
    p(native, erlang:trace_pattern({lists, reverse, 2}, true, [local])),
    p(native, erlang:trace_pattern({erlang, '++', 2}, true, [global])),
    run(natives, [call], fun() -> L = h(6), F = fun erlang:'++'/2, F(L, id([x])) ++ id([y]) end),
    p(off, erlang:trace_pattern({lists, reverse, 2}, false, [local])),
    p(off, erlang:trace_pattern({erlang, '++', 2}, false, [global])).

id(X) -> X.

flags() ->
    local(g, 1, true),
    run(arity, [call, arity], fun() -> f(1) end),
    run(ts, [call, timestamp], fun() -> f(1) end),
    run(mono, [call, monotonic_timestamp], fun() -> f(1) end),
    run(silent, [call, silent], fun() -> f(1) end),
    run(no_call, [return_to], fun() -> f(1) end),
    off().

returns() ->
    local(f, 1, [{'_', [], [{return_trace}]}]),
    local(g, 1, []),
    local(h, 1, [{'_', [], [{return_trace}]}]),
    run(returns, [call], fun() -> f(a) end),
    run(return_to, [call, return_to], fun() -> {f(b)} end),
    off(),
    local(g, 1, []),
    local(h, 1, []),
    run(return_to_only, [call, return_to], fun() -> {f(c)} end),
    off(),
    local(chain, 1, [{'_', [], [{return_trace}]}]),
    run(tail, [call], fun() -> chain(3) end),
    run(tail_to, [call, return_to], fun() -> {chain(2)} end),
    off().

exceptions() ->
    local(boom, 1, [{'_', [], [{exception_trace}]}]),
    local(gone, 1, [{'_', [], [{exception_trace}]}]),
    run(caught, [call], fun() -> handled(2) end),
    run(caught_to, [call, return_to], fun() -> X = handled(2), [X] end),
    run(not_caught, [call], fun() -> catch boom(1) end),
    run(exits, [call], fun() -> gone(1) end),
    Pid = spawn(fun() -> receive go -> ok end, gone(2) end),
    Ref = erlang:monitor(process, Pid),
    erlang:trace(Pid, true, [call]),
    Pid ! go,
    receive {'DOWN', Ref, process, Pid, R} -> p(down, R) end,
    p(dies, events(Pid)),
    off(),
    local(boom, 1, [{'_', [], [{return_trace}]}]),
    run(stack, [call], fun() -> try boom(2) catch throw:zero:S -> [{M, F, A} || {M, F, A, _} <- S, M =:= ?MODULE, F =:= boom] end end),
    off().

specs() ->
    local(g, 1, [{['$1'], [{is_integer, '$1'}], [{message, {{int, '$1', {self}}}}]}, {[{'$1', '$2'}], [], [{message, '$$'}]}, {'$1', [], [{message, {{other, '$1', '$_'}}}]}]),
    Self = fun(L) -> [case E of {call, M, {int, X, Pid}} when is_pid(Pid) -> {call, M, {int, X}}; _ -> E end || E <- L] end,
    Pid = spawn(fun() -> receive go -> ok end, f(1), f({a, b}), f(z) end),
    Ref = erlang:monitor(process, Pid),
    erlang:trace(Pid, true, [call]),
    Pid ! go,
    receive {'DOWN', Ref, process, Pid, _} -> ok end,
    p(messages, Self(events(Pid))),
    local(h, 1, [{'_', [], [{message, {caller}}]}]),
    local(g, 1, [{'_', [], [{message, {caller_line}}]}]),
    run(callers, [call], fun() -> {f(1)} end),
    local(g, 1, [{'_', [], [{silent, true}]}]),
    local(h, 1, [{'_', [], [{message, h}]}]),
    run(silent, [call], fun() -> h(1), g(2), h(3), erlang:trace_info(self(), flags) end),
    local(g, 1, [{'_', [], [{silent, false}]}]),
    run(loud, [call, silent], fun() -> h(1), g(2), h(3) end),
    local(g, 1, [{'_', [], [{disable_trace, call}, {message, disabled}]}]),
    run(disabled, [call, arity], fun() -> h(1), g(2), h(3), erlang:trace_info(self(), flags) end),
    local(g, 1, [{'_', [], [{enable_trace, arity}]}]),
    run(enabled, [call], fun() -> h(1), g(2), h(3), erlang:trace_info(self(), flags) end),
    local(g, 1, [{'_', [], [{trace, [call], [return_to]}]}]),
    run(traced, [call], fun() -> h(1), g(2), h(3), erlang:trace_info(self(), flags) end),
    local(g, 1, [{['$1'], [{'=:=', {get_tcw}, 17}], [{message, {set_tcw, 18}}]}, {'_', [], [{message, false}]}]),
    p(tcw, erlang:system_flag(trace_control_word, 17)),
    run(tcw, [call], fun() -> g(1), g(2) end),
    p(tcw, erlang:system_info(trace_control_word)),
    p(tcw, erlang:system_flag(trace_control_word, 0)),
    p(test, [erlang:match_spec_test([1, 2], S, trace) || S <- [[{'_', [], [{return_trace}]}], [{['$1', '$1'], [], []}], [{['$1', '$2'], [], [{message, {{'$2', '$1'}}}, {exception_trace}]}],
        [{'_', [], [{caller}, {silent, true}, {message, {get_tcw}}]}]]]),
    off().

in_processes() ->
    local(spawned, 1, [{'_', [], [{return_trace}]}]),
    local(sleepy, 0, []),
    run(initial, [call, set_on_spawn], fun() -> X = spawn(?MODULE, spawned, [1]), R = erlang:monitor(process, X), receive {'DOWN', R, _, _, _} -> ok end, spawned(2), ok end),
    {_, Ref} = Pid = spawn_monitor(fun() -> receive go -> ok end, sleepy() end),
    P = element(1, Pid),
    erlang:trace(P, true, [call, return_to]),
    P ! go,
    [begin P ! {go, self()}, receive {went, P} -> ok end end || _ <- [1, 2, 3]],
    P ! stop,
    receive {'DOWN', Ref, process, P, _} -> ok end,
    p(hibernates, events(P)),
    %% Events of children are of other pids.
    receive {trace, _, call, {?MODULE, spawned, [1]}} -> ok after 1000 -> p(missing, call) end,
    receive {trace, _, return_from, {?MODULE, spawned, 1}, 1} -> ok after 1000 -> p(missing, return) end,
    off().

collections() ->
    local(deep, 2, [{[0, '_'], [], [{return_trace}]}, {[100, '_'], [], [{return_trace}, {message, false}]}]),
    run(deep, [call, return_to], fun() -> length(deep(300, <<>>)) end),
    local(deep, 2, [{[0, '_'], [], []}, {['$1', '_'], [{'==', {'rem', '$1', 100}, 0}], [{return_trace}]}]),
    Pid = spawn(fun() -> receive go -> ok end, [] = deep(0, <<>>), L = deep(1000, <<>>), garbage_collect(), 1000 = length(L) end),
    Ref = erlang:monitor(process, Pid),
    erlang:trace(Pid, true, [call]),
    Pid ! go,
    receive {'DOWN', Ref, process, Pid, R} -> p(down, R) end,
    Es = events(Pid),
    p(deep, [case E of {call, {_, deep, [N, B]}} -> {N, byte_size(B)}; {return_from, _, L} -> length(L) end || E <- Es]),
    off(),
    local(bits, 1, true),
    run(bits, [call], fun() -> bits(<<"abc">>) end),
    off().

module(V) ->
    {ok, M, Beam} = compile:forms([{attribute, 1, module, trace_calls_other}, {attribute, 1, export, [{v, 0}, {w, 0}]},
        {function, 1, v, 0, [{clause, 1, [], [], [{call, 1, {atom, 1, i}, [{atom, 1, V}]}]}]},
        {function, 2, w, 0, [{clause, 2, [], [], [{atom, 2, w}]}]},
        {function, 3, i, 1, [{clause, 3, [{var, 3, 'X'}], [], [{tuple, 3, [{var, 3, 'X'}]}]}]}]),
    {M, Beam}.
load(V) ->
    {M, Beam} = module(V),
    {module, M} = code:load_binary(M, "trace_calls_other.erl", Beam),
    M.

reloading() ->
    M = load(one),
    p(set, erlang:trace_pattern({M, '_', '_'}, true, [local])),
    run(one, [call], fun() -> M:v() end),
    load(two),
    p(info, erlang:trace_info({M, v, 0}, traced)),
    run(two, [call], fun() -> M:v() end),
    p(set, erlang:trace_pattern({M, '_', '_'}, true, [global])),
    run(two_global, [call], fun() -> M:v() end),
    code:purge(M),
    load(three),
    p(info, erlang:trace_info({M, v, 0}, traced)),
    run(three, [call], fun() -> M:v() end),
    p(set, erlang:trace_pattern({M, v, 0}, true, [global])),
    code:purge(M),
    p(deleted, code:delete(M)),
    p(info, erlang:trace_info({M, v, 0}, traced)),
    p(purged, code:purge(M)),
    p(undefined, catch_undef(M)).

catch_undef(M) -> try M:v() catch error:undef -> undef end.

on_load() ->
    p(set, erlang:trace_pattern(on_load, [{'_', [], [{return_trace}]}], [local])),
    M = load(four),
    p(info, erlang:trace_info({M, i, 1}, all)),
    run(on_load, [call], fun() -> M:v() end),
    p(off, erlang:trace_pattern(on_load, false, [local])),
    code:purge(M),
    p(set, erlang:trace_pattern(on_load, true, [])),
    load(five),
    p(info, erlang:trace_info({M, v, 0}, all)),
    run(on_load_global, [call], fun() -> M:v() end),
    p(off, erlang:trace_pattern(on_load, false, [])),
    code:purge(M),
    load(six),
    p(info, erlang:trace_info({M, v, 0}, all)),
    code:purge(M),
    code:delete(M),
    code:purge(M).
