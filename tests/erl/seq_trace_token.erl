%% Sequence tracing: what sets and shows a token, how messages, exits and spawning pass it on, what the system tracer is told.
-module(seq_trace_token).
-export([main/1, keeper/1, echo/0]).

main(_) ->
    items(),
    bad(),
    tracers(),
    passed_on(),
    labels(),
    ok.

show(What) -> io:format("~p~n", [What]).

%% F without a token afterwards; what it answers is printed.
quietly(F) ->
    {_, Ref} = spawn_monitor(fun() -> R = F(), erlang:seq_trace(sequential_trace_token, []), exit({answer, R}) end),
    receive {'DOWN', Ref, _, _, {answer, R}} -> show(R); {'DOWN', Ref, _, _, Other} -> show({crash, Other}) end.

items() ->
    Self = self(),
    quietly(fun() ->
        [{I, catch erlang:seq_trace_info(I)} || I <- [send, spawn, label, serial]]
    end),
    quietly(fun() ->
        L = [{I, erlang:seq_trace(I, true), flags(), erlang:seq_trace_info(I), erlang:seq_trace(I, false), flags()}
             || I <- [send, 'receive', print, timestamp, strict_monotonic_timestamp, monotonic_timestamp]],
        {L, erlang:seq_trace(label, {a, "term"}), erlang:seq_trace(label, 17), erlang:seq_trace_info(label),
         erlang:seq_trace(serial, {3, 4}), erlang:seq_trace_info(serial), seq_trace:get_token() =:= {0, 17, 4, self(), 3},
         seq_trace:set_token([]) =:= {0, 17, 4, self(), 3}, seq_trace:get_token(), Self =:= self()}
    end).

flags() -> element(1, element(2, process_info(self(), sequential_trace_token))).

bad() ->
    quietly(fun() ->
        [try erlang:seq_trace(A, B) catch error:R -> R end
         || {A, B} <- [{foo, true}, {send, 1}, {serial, 1}, {serial, {a, 1}}, {17, true}, {sequential_trace_token, x}]] ++
        [try erlang:seq_trace_info(A) catch error:R -> R end || A <- [foo, 17, spawn]] ++
        [try erlang:system_flag(sequential_tracer, T) catch error:R -> R end || T <- [foo, 17, {a, b}]]
    end).

tracers() ->
    false = erlang:system_flag(sequential_tracer, false),
    show(erlang:system_info(sequential_tracer)),
    P = spawn(?MODULE, keeper, [[]]),
    show(erlang:system_flag(sequential_tracer, P)),
    show({sequential_tracer, P} =:= erlang:system_info(sequential_tracer)),
    show(P =:= seq_trace:set_system_tracer(self())),
    show(self() =:= seq_trace:get_system_tracer()),
    %% A tracer is told nothing of itself.
    erlang:seq_trace(print, true),
    show(erlang:seq_trace_print(nothing)),
    erlang:seq_trace(sequential_trace_token, []),
    receive X -> show(X) after 0 -> ok end,
    seq_trace:set_system_tracer(P),
    R = monitor(process, P),
    exit(P, kill),
    receive {'DOWN', R, _, _, _} -> ok end,
    show(seq_trace:get_system_tracer()).

keeper(L) ->
    receive
        {all, P} -> P ! {told, lists:reverse(L)};
        M -> keeper([M | L])
    end.

echo() ->
    receive {From, M} -> From ! {self(), M}, echo() end.

%% What the tracer is told while F runs in a process of its own that has a token.
told(Label, F) ->
    T = spawn(?MODULE, keeper, [[]]),
    seq_trace:set_system_tracer(T),
    {P, Ref} = spawn_monitor(fun() ->
        erlang:seq_trace(label, Label),
        [erlang:seq_trace(I, true) || I <- [send, 'receive', print]],
        put(names, [{self(), me}]),
        F(),
        erlang:seq_trace(sequential_trace_token, []),
        exit({names, get(names)})
    end),
    Names = receive {'DOWN', Ref, _, P, {names, All0}} -> All0 end,
    timer:sleep(20),
    T ! {all, self()},
    L = receive {told, All} -> All end,
    seq_trace:set_system_tracer(false),
    %% Those of one sender are in order.
    %% OTP counts a serial N on from 16 * N + 15 after a spawn: the order of the serials is what is compared.
    Order = lists:usort([N || {seq_trace, _, {_, {_, N}, _, _, _}} <- L]),
    Rank = fun(S) -> length(lists:takewhile(fun(X) -> X < S end, Order)) end,
    show(lists:keysort(4, [{Type, Rank(N), L1, named(From, Names), named(To, Names), named(M, Names)}
                           || {seq_trace, L1, {Type, {_, N}, From, To, M}} <- L])).

name(P, Name) -> put(names, [{P, Name} | get(names)]), P.

named(T, N) when is_tuple(T) -> list_to_tuple(named(tuple_to_list(T), N));
named([H | T], N) -> [named(H, N) | named(T, N)];
named(R, _) when is_reference(R) -> ref;
named(F, _) when is_function(F) -> a_fun;
named(P, N) when is_pid(P) -> proplists:get_value(P, N, other);
named(T, _) -> T.

passed_on() ->
    told(messages, fun() ->
        E = name(spawn(?MODULE, echo, []), echo),
        E ! {self(), hello},
        receive {E, hello} -> ok end,
        erlang:seq_trace_print(text),
        E ! {self(), again},
        receive {E, again} -> ok end,
        register(an_echo, E),
        an_echo ! {self(), "by name"},
        receive {E, _} -> ok end,
        A = alias(),
        E ! {A, by_alias},
        receive {E, by_alias} -> ok end
    end),
    told(exits, fun() ->
        process_flag(trap_exit, true),
        P = name(spawn_link(fun() -> exit(bye) end), child),
        receive {'EXIT', P, bye} -> ok end,
        Q = name(spawn_opt(?MODULE, echo, [], [link, {priority, high}]), echo),
        exit(Q, leave),
        receive {'EXIT', Q, leave} -> ok end
    end),
    told(requests, fun() ->
        R = spawn_request(?MODULE, echo, [], [{reply_tag, here}]),
        receive {here, R, ok, P} -> name(P, echo) end,
        P ! {self(), hello},
        receive {P, hello} -> ok end
    end),
    %% The token is that of the last message taken; those of the VM leave it.
    told(changes, fun() ->
        erlang:send_after(1, self(), late),
        receive late -> ok end,
        erlang:seq_trace_print(still),
        spawn(fun() -> ok end),
        Self = self(),
        spawn(fun() -> erlang:seq_trace(sequential_trace_token, []), Self ! untraced end),
        receive untraced -> ok end,
        erlang:seq_trace_print(no_more)
    end).

labels() ->
    told(17, fun() ->
        show_not(erlang:seq_trace_print(16, no)),
        show_not(erlang:seq_trace_print(17, yes)),
        erlang:seq_trace(send, false),
        spawn(fun() -> ok end),
        erlang:system_flag(reset_seq_trace, true),
        erlang:seq_trace_print(17, gone)
    end).
show_not(B) when is_boolean(B) -> ok.
