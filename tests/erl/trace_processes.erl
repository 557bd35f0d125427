%% What tracing tells of processes: messages, links, names, spawning, exits, turns, collections.
%% (It is told of the collections that gc-stress forces.)
%% not under: gc-stress
-module(trace_processes).
-export([main/1, idle/0, child/1]).

main(_) ->
    %% Pids are told by the names that the test gives them.
    put({name, self()}, main),
    flags(),
    bad(),
    messages(),
    relations(),
    spawning(),
    turns(),
    collections(),
    tracers(),
    new_ones(),
    delivered(),
    ok.

idle() ->
    receive
        {do, From, F} -> From ! {done, catch F()}, idle();
        stop -> ok
    end.

child(X) -> X.

start(Name) -> start(Name, fun idle/0).
start(Name, F) ->
    P = spawn(F),
    put({name, P}, Name),
    P.

do(P, F) ->
    P ! {do, self(), F},
    receive {done, R} -> R end.

named(T) when is_tuple(T) -> list_to_tuple(named(tuple_to_list(T)));
named([H | T]) -> [named(H) | named(T)];
named(P) when is_pid(P) ->
    case get({name, P}) of
        undefined -> other;
        Name -> Name
    end;
named(F) when is_function(F) -> a_fun;
named(R) when is_reference(R) -> a_ref;
named(T) -> T.

show(What) -> io:format("~p~n", [What]).

%% All that has come from tracing.
told(P) ->
    Ref = erlang:trace_delivered(P),
    receive {trace_delivered, P, Ref} -> ok end,
    show_told().
show_told() ->
    receive
        T when element(1, T) =:= trace; element(1, T) =:= trace_ts ->
            show(named(T)),
            show_told()
    after 0 -> ok
    end.

flags() ->
    P = start(a),
    do(P, fun() -> timer:sleep(10) end),
    timer:sleep(10),
    show(erlang:trace(P, true, [all])),
    show(erlang:trace_info(P, flags)),
    show(named(erlang:trace_info(P, tracer))),
    show(erlang:trace(P, false, [running, send, silent, 'receive', all])),
    show(erlang:trace_info(P, flags)),
    show(erlang:trace_info(P, tracer)),
    show(erlang:trace(self(), true, [procs])),
    show(erlang:trace_info(self(), flags)),
    show(named(erlang:trace_info(self(), tracer))),
    show(erlang:trace(self(), false, [procs])),
    show(erlang:trace_info(new, flags)),
    show(erlang:trace_info(new_ports, tracer)),
    exit(P, kill),
    timer:sleep(10),
    drop_told().

drop_told() ->
    receive T when element(1, T) =:= trace_ts -> drop_told() after 0 -> ok end.

bad() ->
    P = start(a),
    Dead = spawn(fun() -> ok end),
    R = monitor(process, Dead),
    receive {'DOWN', R, _, _, _} -> ok end,
    Is = fun(F) ->
                 show(try F() catch error:E:S ->
                                    [{M, N, A, I} | _] = S,
                                    {E, M, N, length(A), proplists:get_value(error_info, I)}
                      end)
         end,
    Is(fun() -> erlang:trace(P, true, [foo]) end),
    Is(fun() -> erlang:trace(P, foo, [send]) end),
    Is(fun() -> erlang:trace(P, true, send) end),
    Is(fun() -> erlang:trace(foo, true, [send]) end),
    Is(fun() -> erlang:trace(Dead, true, [send]) end),
    Is(fun() -> erlang:trace(P, true, [cpu_timestamp]) end),
    Is(fun() -> erlang:trace(P, true, [{tracer, foo}]) end),
    Is(fun() -> erlang:trace_info(P, foo) end),
    Is(fun() -> erlang:trace_info(foo, flags) end),
    Is(fun() -> erlang:trace_info(Dead, flags) end),
    Is(fun() -> erlang:trace_delivered(foo) end),
    exit(P, kill).

messages() ->
    A = start(a),
    B = start(b),
    1 = erlang:trace(A, true, [send, 'receive']),
    do(A, fun() -> B ! {do, A, fun() -> ok end}, receive {done, ok} -> ok end end),
    told(A),
    exit(B, kill),
    R = monitor(process, B),
    receive {'DOWN', R, _, _, _} -> ok end,
    do(A, fun() ->
                  B ! hello,
                  register(someone, self()),
                  someone ! hello,
                  {someone, node()} ! hello,
                  receive hello -> ok end,
                  receive hello -> ok end,
                  catch no_one ! hello,
                  {no_one, node()} ! hello,
                  unregister(someone),
                  receive nothing -> ok after 1 -> ok end
          end),
    told(A),
    [begin
         1 = erlang:trace(A, true, [Flag]),
         A ! ignored,
         told_time(A),
         1 = erlang:trace(A, false, [Flag])
     end || Flag <- [timestamp, strict_monotonic_timestamp, monotonic_timestamp]],
    1 = erlang:trace(A, false, [all]),
    exit(A, kill).

told_time(P) ->
    Ref = erlang:trace_delivered(P),
    receive {trace_delivered, P, Ref} -> ok end,
    receive
        {trace_ts, P, 'receive', ignored, {A, B, C}} when is_integer(A + B + C) -> show(now);
        {trace_ts, P, 'receive', ignored, {A, B}} when is_integer(A + B) -> show(strict);
        {trace_ts, P, 'receive', ignored, A} when is_integer(A) -> show(monotonic)
    end.

relations() ->
    A = start(a),
    B = start(b),
    C = start(c),
    [1 = erlang:trace(P, true, [procs]) || P <- [A, B]],
    do(A, fun() -> process_flag(trap_exit, true), link(B), link(B) end),
    told(A),
    told(B),
    do(A, fun() -> unlink(B) end),
    told(A),
    told(B),
    do(A, fun() -> register(an_a, self()) end),
    do(A, fun() -> unregister(an_a), register(an_a, self()) end),
    told(A),
    do(A, fun() -> link(C), link(B) end),
    exit(C, stopped),
    do(A, fun() -> receive {'EXIT', C, _} -> ok end end),
    told(A),
    told(B),
    exit(A, down),
    do(A, fun() -> receive {'EXIT', _, down} -> ok end end),
    R = monitor(process, A),
    exit(A, kill),
    receive {'DOWN', R, _, _, _} -> ok end,
    R2 = monitor(process, B),
    receive {'DOWN', R2, _, _, _} -> ok end,
    told(A),
    told(B).

spawning() ->
    [begin
         A = start(a),
         1 = erlang:trace(A, true, [procs | Flags]),
         {B, C} = do(A, fun() ->
                                process_flag(trap_exit, true),
                                {spawn_link(?MODULE, idle, []), spawn(?MODULE, idle, [])}
                        end),
         put({name, B}, b),
         put({name, C}, c),
         show([{Flags, erlang:trace_info(P, flags), named(erlang:trace_info(P, tracer))} || P <- [A, B, C]]),
         told(A),
         told(B),
         told(C),
         [1 = erlang:trace(P, false, [all]) || P <- [A, B, C]],
         show_told(),
         [exit(P, kill) || P <- [A, B, C]]
     end || Flags <- [[], [set_on_spawn], [set_on_first_spawn], [set_on_link], [set_on_first_link],
                      [set_on_first_spawn, set_on_first_link]]].

turns() ->
    A = start(a, fun() -> receive stop -> exit(gone) end end),
    timer:sleep(20),
    1 = erlang:trace(A, true, [running, exiting, procs]),
    A ! other,
    timer:sleep(20),
    A ! stop,
    R = monitor(process, A),
    receive {'DOWN', R, _, _, _} -> ok end,
    timer:sleep(20),
    show_told(),
    B = start(b),
    timer:sleep(20),
    1 = erlang:trace(B, true, [running, exiting, procs]),
    exit(B, kill),
    timer:sleep(20),
    show_told().

collections() ->
    A = start(a),
    1 = erlang:trace(A, true, [garbage_collection]),
    do(A, fun() -> garbage_collect() end),
    Ref = erlang:trace_delivered(A),
    receive {trace_delivered, A, Ref} -> ok end,
    collected(),
    exit(A, kill).
collected() ->
    receive
        {trace, P, What, Info} ->
            show({named(P), What, [K || {K, V} <- Info, is_integer(V)]}),
            collected()
    after 0 -> ok
    end.

tracers() ->
    A = start(a),
    T = start(tracer, fun keeper/0),
    1 = erlang:trace(A, true, [send, {tracer, T}]),
    show(named(erlang:trace_info(A, tracer))),
    show(catch erlang:trace(T, true, [send, {tracer, T}])),
    do(A, fun() -> self() ! {do, self(), fun() -> ok end} end),
    _ = erlang:trace_delivered(A),
    do(A, fun() -> receive {done, _} -> ok end end),
    T ! {all, self()},
    receive {told, L} -> show(named(L)) end,
    %% The end of the tracer is the end of tracing.
    R = monitor(process, T),
    exit(T, kill),
    receive {'DOWN', R, _, _, _} -> ok end,
    do(A, fun() -> ok end),
    show(erlang:trace_info(A, flags)),
    show(erlang:trace_info(A, tracer)),
    show(erlang:trace(A, true, ['receive'])),
    exit(A, kill).
keeper() -> keeper([]).
keeper(L) ->
    receive
        {all, P} -> P ! {told, lists:reverse(L)}, keeper([]);
        M -> keeper([M | L])
    end.

new_ones() ->
    show(erlang:trace(new_processes, true, [procs, timestamp])),
    show(erlang:trace_info(new, flags)),
    show(named(erlang:trace_info(new_processes, tracer))),
    A = spawn(?MODULE, child, [1]),
    receive {trace_ts, A, spawned, P, MFA, _} -> show({P =:= self(), MFA}) end,
    receive {trace_ts, A, exit, Reason, _} -> show(Reason) end,
    show(erlang:trace(new_processes, false, [procs, timestamp])),
    show(erlang:trace_info(new, flags)),
    B = start(b),
    N = erlang:trace(existing_processes, true, [procs]),
    show(N =:= length(processes())),
    show(erlang:trace_info(B, flags)),
    show(erlang:trace_info(new, flags)),
    N = erlang:trace(existing, false, [procs]),
    show(erlang:trace_info(B, flags)),
    %% Others trace it already.
    T = start(tracer, fun keeper/0),
    1 = erlang:trace(B, true, [send, {tracer, T}]),
    show(catch element(1, element(2, (catch erlang:trace(B, true, [send]))))),
    exit(B, kill).

delivered() ->
    Ref = erlang:trace_delivered(all),
    receive {trace_delivered, all, Ref} -> show(all) end,
    Self = erlang:trace_delivered(self()),
    receive {trace_delivered, P, Self} -> show(P =:= self()) end.
