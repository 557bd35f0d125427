%% What tracing tells of ports, and ports that are told.
-module(trace_ports).
-export([main/1]).

main(_) ->
    flags(),
    life(),
    child(),
    turns(),
    many(),
    ok.

show(What) -> io:format("~p~n", [What]).

named(P, _) when P =:= self() -> me;
named(P, P) -> port;
named(P, _) when is_pid(P) -> other;
named(T, P) when is_tuple(T) -> list_to_tuple([named(E, P) || E <- tuple_to_list(T)]);
named(T, _) -> T.

told(P) ->
    timer:sleep(20),
    show_told(P).
show_told(P) ->
    receive
        T when element(1, T) =:= trace ->
            case named(T, P) of
                %% How a child comes to its port is OTP's own matter.
                {trace, port, 'receive', {other, {control, _}}} -> ok;
                {trace, port, send, {port, {control, _}}, other} -> ok;
                Told -> show(Told)
            end,
            show_told(P)
    after 0 -> ok
    end.

cat(Options) -> open_port({spawn, "cat"}, Options).

flags() ->
    P = cat([]),
    show(erlang:trace(P, true, [send, 'receive', ports, running_ports, timestamp])),
    show(erlang:trace_info(P, flags)),
    show(named(erlang:trace_info(P, tracer), P)),
    show(erlang:trace(P, false, [running_ports, timestamp])),
    show(erlang:trace_info(P, flags)),
    show(erlang:trace(P, false, [all])),
    show(erlang:trace_info(P, flags)),
    show(erlang:trace_info(P, tracer)),
    show(catch element(1, element(2, (catch erlang:trace_info(P, foo))))),
    port_close(P),
    show(erlang:trace_info(P, flags)),
    show(try erlang:trace(P, true, [send]) catch error:E -> E end).

life() ->
    show(erlang:trace(new_ports, true, [ports])),
    show(erlang:trace_info(new_ports, flags)),
    show(erlang:trace_info(new, flags)),
    P = cat([binary]),
    told(P),
    register(a_cat, P),
    unregister(a_cat),
    register(a_cat, P),
    unlink(P),
    link(P),
    told(P),
    port_close(P),
    told(P),
    show(erlang:trace(new_ports, false, [all])),
    Q = cat([binary]),
    port_close(Q),
    told(Q).

child() ->
    P = cat([binary]),
    show(erlang:trace(P, true, [send, 'receive'])),
    port_command(P, <<"hello">>),
    receive {P, {data, D}} -> show(D) end,
    P ! {self(), {command, ["he", <<"re">>]}},
    receive {P, {data, E}} -> show(E) end,
    port_connect(P, self()),
    P ! {self(), {connect, self()}},
    receive {P, connected} -> ok end,
    show(catch element(1, element(2, (catch port_control(P, 1, "x"))))),
    P ! {self(), close},
    receive {P, closed} -> ok end,
    told(P),
    Q = open_port({spawn, "sh -c 'sleep 0.1; exit 3'"}, [exit_status]),
    show(erlang:trace(Q, true, [send, 'receive'])),
    receive {Q, {exit_status, S}} -> show(S) end,
    told(Q).

turns() ->
    P = cat([binary]),
    show(erlang:trace(P, true, [running_ports])),
    port_command(P, <<"x">>),
    receive {P, {data, _}} -> ok end,
    erlang:trace(P, false, [all]),
    timer:sleep(20),
    %% How often it ran is a matter of time.
    show(lists:usort(turn_tags(P))),
    port_close(P).
turn_tags(P) ->
    receive {trace, P, Tag, W} when is_atom(W); W =:= 0 -> [Tag | turn_tags(P)] after 0 -> [] end.

%% All that there are; a tracer that goes.
many() ->
    P = cat([]),
    N = length(erlang:ports()),
    show(erlang:trace(existing_ports, true, [ports]) =:= N),
    show(erlang:trace_info(P, flags)),
    show(erlang:trace(ports, false, [ports]) =:= N),
    show(erlang:trace_info(P, flags)),
    T = spawn(fun() -> receive stop -> ok end end),
    show(erlang:trace(P, true, [ports, {tracer, T}])),
    R = monitor(process, T),
    T ! stop,
    receive {'DOWN', R, _, _, _} -> ok end,
    show(erlang:trace_info(P, flags)),
    show(erlang:trace_info(P, tracer)),
    %% A port that is told, in external format.
    C = cat([binary]),
    A = spawn(fun() -> receive Go -> Go end end),
    show(erlang:trace(A, true, ['receive', {tracer, C}])),
    show(erlang:trace_info(A, tracer) =:= {tracer, C}),
    A ! go,
    receive {C, {data, Bin}} -> show(setelement(2, binary_to_term(Bin), a)) end,
    port_close(C).
