%% area: processes repeat: 1
%% What a monitoring tool does on a node with many processes.
-module(proc_info).
-export([main/0]).
main() ->
    Ps = [spawn(fun() -> receive stop -> ok end end) || _ <- lists:seq(1, 100000)],
    [hd(Ps) ! I || I <- lists:seq(1, 100)],
    erlang:yield(),
    Sweep = fun() -> lists:foldl(fun(P, {Q, L}) ->
                [{message_queue_len, Len}, {links, Links}, {priority, normal}, {trap_exit, false}] = process_info(P, [message_queue_len, links, priority, trap_exit]),
                {memory, M} = process_info(P, memory), true = M > 0,
                {Q + Len, L + length(Links)} end, {0, 0}, Ps) end,
    R = [Sweep() || _ <- [1, 2, 3]],
    Alive = length([P || P <- processes(), is_process_alive(P), lists:member(P, [hd(Ps)])]),
    [exit(P, kill) || P <- Ps],
    {lists:last(R), Alive}.
