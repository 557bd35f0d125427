%% Meta tracing, call counts and what trace_info says of functions. Programs print the same on every VM.
-module(trace_meta).
-export([main/1, cell/1, pair/1, map/1, first/1, decode/1, add/2, fac/1, fail/1, tail/2, last/1, loop/2, sum/1, wait/0]).

add(A, B) -> A + B.
fac(0) -> 1;
fac(N) -> N * fac(N - 1).
fail(X) -> erlang:error({bad, X}).
tail(A, B) -> last([A, B]).
last(X) -> {last, X}.
loop(0, Acc) -> Acc;
loop(N, Acc) -> loop(N - 1, Acc + N).
sum([H | T]) -> H + sum(T);
sum([]) -> 0.
%% Functions whose first instruction makes room, or goes on in another slice: a call is one call all the same.
cell(X) -> [X].
pair(X) -> {X, X}.
map(X) -> #{x => X}.
first(<<A, _/binary>>) -> A.
decode(B) -> binary_to_term(B).
wait() -> receive stop -> stopped; {ping, From} -> From ! pong, wait() end.

main(_) ->
    process_flag(trap_exit, true),
    counts(),
    meta(),
    natives(),
    receiving(),
    infos(),
    ok.

p(Tag, X) -> io:format("~p: ~p~n", [Tag, X]).

call(F) ->
    {Pid, Ref} = spawn_monitor(fun() -> exit({done, catch F()}) end),
    receive {'DOWN', Ref, process, Pid, {done, R}} -> {Pid, R} end.

%% The messages about Pid, without times.
events(Pid) ->
    receive
        {trace_ts, Pid, A, B, {_, _, _}} -> [{A, B} | events(Pid)];
        {trace_ts, Pid, A, B, C, {_, _, _}} -> [{A, B, C} | events(Pid)];
        {trace_ts, Pid, A, B, C, D, {_, _, _}} -> [{A, B, C, D} | events(Pid)]
    after 50 -> []
    end.

counts() ->
    p(set, erlang:trace_pattern({?MODULE, fac, 1}, true, [call_count])),
    ?MODULE:fac(10),
    p(count, erlang:trace_info({?MODULE, fac, 1}, call_count)),
    fac(4),
    p(count, erlang:trace_info({?MODULE, fac, 1}, call_count)),
    p(pause, erlang:trace_pattern({?MODULE, fac, 1}, pause, [call_count])),
    fac(4),
    p(count, erlang:trace_info({?MODULE, fac, 1}, call_count)),
    p(restart, erlang:trace_pattern({?MODULE, fac, 1}, restart, [call_count])),
    p(count, erlang:trace_info({?MODULE, fac, 1}, call_count)),
    fac(2),
    p(count, erlang:trace_info({?MODULE, fac, 1}, call_count)),
    p(all, erlang:trace_info({?MODULE, fac, 1}, all)),
    p(off, erlang:trace_pattern({?MODULE, fac, 1}, false, [call_count])),
    p(count, erlang:trace_info({?MODULE, fac, 1}, call_count)),
    p(set, erlang:trace_pattern({?MODULE, '_', '_'}, true, [call_count])),
    loop(100000, 0),
    sum(lists:seq(1, 1000)),
    p(count, [erlang:trace_info({?MODULE, F, A}, call_count) || {F, A} <- [{loop, 2}, {sum, 1}, {add, 2}]]),
    Long = term_to_binary(lists:seq(1, 100000)),
    [{cell(I), pair(I), map(I), first(<<I:8>>)} || I <- lists:seq(1, 2000)],
    [decode(Long) || _ <- [1, 2, 3]],
    p(count, [erlang:trace_info({?MODULE, F, 1}, call_count) || F <- [cell, pair, map, first, decode]]),
    p(off, erlang:trace_pattern({?MODULE, '_', '_'}, false, [call_count])).

meta() ->
    p(set, erlang:trace_pattern({?MODULE, add, 2}, true, [meta])),
    {P1, R1} = call(fun() -> {add(1, 2), ?MODULE:add(3, 4)} end),
    p(r, R1),
    p(events, events(P1)),
    Spec = [{['$1', '_'], [{'>', '$1', 10}], [{message, {{big, '$1'}}}, {return_trace}]},
            {'_', [], [{message, false}, {return_trace}]}],
    p(set, erlang:trace_pattern({?MODULE, add, 2}, Spec, [meta])),
    {P2, R2} = call(fun() -> {add(1, 2), ?MODULE:add(30, 4)} end),
    p(r, R2),
    p(events, events(P2)),
    p(ms, erlang:trace_info({?MODULE, add, 2}, meta_match_spec)),
    X = [{'_', [], [{exception_trace}]}],
    p(set, erlang:trace_pattern({?MODULE, fail, 1}, X, [meta])),
    p(set, erlang:trace_pattern({?MODULE, tail, 2}, X, [meta])),
    p(set, erlang:trace_pattern({?MODULE, last, 1}, [{'_', [], [{return_trace}, {message, {caller}}]}], [meta])),
    {P3, R3} = call(fun() -> {catch fail(7), tail(a, b)} end),
    p(r, strip(R3)),
    p(events, events(P3)),
    {P4, R4} = call(fun() -> try fail(8) of _ -> none catch C:R:S -> {C, R, [{M, F, A} || {M, F, A, _} <- S, M =:= ?MODULE]} end end),
    p(r, R4),
    p(events, events(P4)),
    p(set, erlang:trace_pattern({?MODULE, fac, 1}, X, [meta])),
    {P5, R5} = call(fun() -> fac(3) end),
    p(r, R5),
    p(events, events(P5)),
    {P6, Ref6} = spawn_monitor(fun() -> fail(9) end),
    receive {'DOWN', Ref6, process, P6, {Why, _}} -> p(down, Why) end,
    p(events, events(P6)),
    p(off, erlang:trace_pattern({?MODULE, '_', '_'}, false, [meta])).

strip({{'EXIT', {R, _}}, Y}) -> {{'EXIT', R}, Y}.

natives() ->
    X = [{'_', [], [{exception_trace}]}],
    p(set, erlang:trace_pattern({erlang, atom_to_list, 1}, X, [meta])),
    p(set, erlang:trace_pattern({lists, reverse, 2}, X, [meta])),
    p(set, erlang:trace_pattern({erlang, binary_to_term, 1}, X, [meta])),
    Big = term_to_binary(lists:duplicate(20000, {a, "bc"})),
    {P1, R1} = call(fun() ->
        A = atom_to_list(abc),
        B = (catch atom_to_list(id(1))),
        M = id(erlang), F = id(atom_to_list),
        C = M:F(x),
        D = lists:reverse([1, 2], [3]),
        E = length(binary_to_term(Big)),
        {A, element(1, element(2, B)), hd(element(2, element(2, B))), C, D, E}
    end),
    p(r, R1),
    p(events, [short(E) || E <- events(P1)]),
    p(off, erlang:trace_pattern({erlang, '_', '_'}, false, [meta]) > 100),
    p(off, erlang:trace_pattern({lists, reverse, 2}, false, [meta])),
    {P2, _} = call(fun() -> atom_to_list(abc) end),
    p(events, events(P2)).

id(X) -> X.
short({call, {M, F, [B]}}) when byte_size(B) > 100 -> {call, {M, F, big}};
short({return_from, MFA, L}) when length(L) > 100 -> {return_from, MFA, big};
short(E) -> E.

receiving() ->
    p(set, erlang:trace_pattern({?MODULE, wait, 0}, true, [call_count])),
    {Pid, Ref} = spawn_monitor(fun() -> wait() end),
    [begin Pid ! {ping, self()}, receive pong -> ok end end || _ <- [1, 2, 3]],
    [Pid ! other || _ <- lists:seq(1, 50)],
    Pid ! stop,
    receive {'DOWN', Ref, process, Pid, R} -> p(down, R) end,
    p(count, erlang:trace_info({?MODULE, wait, 0}, call_count)),
    p(off, erlang:trace_pattern({?MODULE, wait, 0}, false, [call_count])).

infos() ->
    p(none, erlang:trace_info({?MODULE, none, 3}, traced)),
    p(untraced, erlang:trace_info({?MODULE, add, 2}, all)),
    p(set, erlang:trace_pattern({?MODULE, add, 2}, true, [local, meta, call_count])),
    {all, All} = erlang:trace_info({?MODULE, add, 2}, all),
    p(all, [{K, if V =:= self() -> self; true -> V end} || {K, V} <- All]),
    p(set, erlang:trace_pattern({?MODULE, add, 2}, [{'_', [], []}], [global])),
    p(all, erlang:trace_info({?MODULE, add, 2}, all)),
    p(ms, erlang:trace_info({?MODULE, add, 2}, match_spec)),
    p(add, ?MODULE:add(1, 2)),
    p(off, erlang:trace_pattern({?MODULE, add, 2}, false, [global])),
    p(all, erlang:trace_info({?MODULE, add, 2}, all)),
    p(add, ?MODULE:add(1, 2)),
    p(on_load, erlang:trace_info(on_load, all)),
    p(set, erlang:trace_pattern(on_load, true, [local])),
    p(on_load, erlang:trace_info(on_load, all)),
    p(set, erlang:trace_pattern(on_load, false, [local])),
    p(on_load, erlang:trace_info(on_load, all)),
    [p(bad, catch_badarg(A)) || A <- [[{a, b}, true, []], [{a, b, c}, true, []], [{a, '_', 1}, true, []], [{?MODULE, add, 2}, foo, []],
        [{?MODULE, add, 2}, true, [bar]], [{?MODULE, add, 2}, [{'_', [], []}], [call_count]], [{?MODULE, add, 2}, true, [global, local]]]].

catch_badarg(Args) ->
    try apply(erlang, trace_pattern, Args) catch error:R:S -> {R, hd(S)} end.
