%% Match specifications for messages: trace_pattern(send, …) and trace_pattern('receive', …).
-module(trace_messages).
-export([main/1]).

main(_) ->
    p(default, [erlang:trace_info(E, match_spec) || E <- [send, 'receive']]),
    p(set, erlang:trace_pattern(send, [{['$1', {hello, '$2'}], [{is_pid, '$1'}], [{message, {{got, '$2'}}}]}, {['_', quiet], [], [{message, false}]}, {['_', loud], [], []}], [])),
    p(set, erlang:trace_pattern('receive', [{['$1', '$2', {reply, '$3'}], [{'=:=', '$1', {node}}], [{message, '$3'}]}], [])),
    p(info, [erlang:trace_info(E, match_spec) || E <- [send, 'receive']]),
    Self = self(),
    Pid = spawn(fun() -> receive go -> ok end, [Self ! M || M <- [{hello, 1}, {hello, [a]}, quiet, loud, other]], receive stop -> Self ! stopped end, receive never -> ok end end),
    1 = erlang:trace(Pid, true, [send, 'receive']),
    Pid ! go,
    [Pid ! M || M <- [{reply, 7}, {reply, [x]}, noise]],
    receive other -> ok end,
    p(told, told(Pid)),
    p(off, erlang:trace_pattern(send, false, [])),
    p(on, erlang:trace_pattern('receive', true, [])),
    p(info, [erlang:trace_info(E, match_spec) || E <- [send, 'receive']]),
    Pid ! stop,
    receive stopped -> ok end,
    p(told, told(Pid)),
    p(on, erlang:trace_pattern(send, true, [])),
    [p(bad, try apply(erlang, trace_pattern, A) catch error:R -> R end) || A <- [[send, true, [local]], [send, restart, []], ['receive', [{['_', '_', '_'], [], [{caller}]}], []], [send, [{['_', '_'], [], [{return_trace}]}], []], [sent, true, []]]],
    [p(bad, try erlang:trace_info(E, traced) catch error:R -> R end) || E <- [send, 'receive']],
    ok.

p(Tag, X) -> io:format("~p: ~p~n", [Tag, X]).

told(Pid) ->
    Ref = erlang:trace_delivered(Pid),
    told(Pid, Ref).
told(Pid, Ref) ->
    receive
        {trace, Pid, send, M, To} when To =:= self() -> [{send, M} | told(Pid, Ref)];
        {trace, Pid, send, M, To, R} when To =:= self() -> [{send, M, R} | told(Pid, Ref)];
        {trace, Pid, What, M} -> [{What, M} | told(Pid, Ref)];
        {trace, Pid, What, M, R} -> [{What, M, R} | told(Pid, Ref)];
        {trace_delivered, Pid, Ref} -> []
    end.
