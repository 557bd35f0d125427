%% flags: +hmqd off_heap
%% Where processes keep messages, when the default is not on_heap.
-module(message_queue_default).
-export([main/1]).

main(_) ->
    t:show([erlang:system_info(message_queue_data), process_info(self(), message_queue_data)]),
    t:show([begin
                P = spawn_opt(fun() -> receive stop -> ok end end, [{message_queue_data, Q} || Q <- Options]),
                Kept = process_info(P, message_queue_data),
                P ! stop,
                {Options, Kept}
            end || Options <- [[], [on_heap], [off_heap], [off_heap, on_heap], [on_heap, off_heap]]]),
    t:show([process_flag(message_queue_data, on_heap), process_info(self(), message_queue_data)]).
