%% Messages that wait on the heap count for max_heap_size; those that are kept off it do not.
%% (A collection that gc-stress forces counts them at once.)
%% not under: gc-stress
-module(message_limits).
-export([main/1]).

main(_) ->
    t:show([run(Where) || Where <- [on_heap, off_heap]]).

run(Where) ->
    {P, Ref} = spawn_opt(fun() -> receive after 500 -> stopped end end,
                         [monitor, {message_queue_data, Where}, {max_heap_size, #{size => 2000, kill => true, error_logger => false}}]),
    [P ! lists:duplicate(N, N) || N <- lists:seq(1, 100)],
    {messages, Messages} = process_info(P, messages),
    erlang:garbage_collect(P),
    P ! stop,
    receive {'DOWN', Ref, process, P, Reason} -> {Where, length(Messages), Reason} end.
