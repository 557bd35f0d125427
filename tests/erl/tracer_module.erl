%% Tracers that are named as modules: the built-in one, and what is none.
-module(tracer_module).
-export([main/1]).

main(_) ->
    Self = self(),
    P = keeper(),
    [show({A, erl_tracer:enabled(A, B, C)})
     || {A, B, C} <- [{trace_status, P, Self}, {call, P, P}, {call, foo, P}, {trace_status, foo, P}, {send, P, Self}]],
    [begin
         Q = keeper(),
         show(erl_tracer:trace(Tag, Q, abc, message, Options)),
         receive {got, M} -> show(M) after 200 -> show(nothing) end
     end || {Tag, Options} <- [{send, #{}}, {send, #{extra => Self}}, {call, #{extra => e, match_spec_result => r}},
                               {call, #{extra => x}}, {seq_trace, #{}}]],
    show(erlang:trace(P, true, ['receive', {tracer, erl_tracer, self()}])),
    show(erlang:trace_info(P, tracer) =:= {tracer, self()}),
    P ! hello,
    receive {trace, P, 'receive', X} -> show(X) end,
    Q1 = keeper(),
    [show(try erlang:trace(Q1, true, [send, T]) catch C2:E -> {C2, E} end)
     || T <- [{tracer, lists, []}, {tracer, no_such_module, []}, {tracer, 17, []}, {tracer, self(), self()}, {tracer}]],
    [show(try erlang:trace_pattern({lists, seq, 2}, [], [T]) catch C3:E -> {C3, E} end)
     || T <- [{meta, lists, []}, {meta, no_such_module, []}, {meta, 17, []}]],
    show(try erlang:system_flag(sequential_tracer, {lists, []}) catch error:E -> E end),
    show(erlang:system_info(sequential_tracer)).

keeper() ->
    Self = self(),
    spawn(fun() -> receive M -> Self ! {got, M} end end).

show(X) when is_tuple(X) -> io:format("~p~n", [clean(X)]);
show(X) -> io:format("~p~n", [X]).
clean(T) -> list_to_tuple([case E of P when is_pid(P) -> pid; _ -> E end || E <- tuple_to_list(T)]).
