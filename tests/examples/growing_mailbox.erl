%% Second classic failure: a server is slower than its callers, so its mailbox grows; and one that matches selectively
%% never looks at what it does not expect. The diagnosis: message_queue_len, message_queue_data, memory and
%% total_heap_size, current_function, the top of all processes by mailbox, and what the messages are. The remedy: bounds.
-module(growing_mailbox).
-export([main/1, slow/1, picky/0]).

main(_Args) ->
    slow_server(),
    deaf_server(),
    off_heap(),
    bounded().

%% Works only when it is let: so the length of its queue does not depend on timing.
slow(Gate) -> receive {Gate, go} -> receive {work, _} -> slow(Gate) end end.

slow_server() ->
    Gate = make_ref(),
    Pid = spawn(?MODULE, slow, [Gate]),
    register(slow_server, Pid),
    Before = words(Pid),
    [Pid ! {work, lists:seq(1, 20)} || _ <- lists:seq(1, 2000)],
    io:format("queue: ~p~n", [wait_len(Pid, 2000)]),
    io:format("status: ~p in ~p~n", [wait_until(Pid, waiting), element(2, process_info(Pid, current_function))]),
    io:format("top by mailbox: ~p~n", [top(message_queue_len, 1)]),
    After = words(Pid),
    io:format("each message costs its words: ~p~n", [After - Before > 2000 * 40]),
    Pid ! {Gate, go},
    io:format("after one step: ~p~n", [wait_len(Pid, 1999)]),
    [Pid ! {Gate, go} || _ <- lists:seq(1, 1999)],
    io:format("after all: ~p~n", [wait_len(Pid, 0)]),
    garbage_collect(Pid),
    io:format("memory is given back: ~p~n", [words(Pid) < 5000]),
    kill(Pid).

%% Waits for one kind of message; the others stay for ever.
picky() ->
    receive {expected, From} -> From ! answered end,
    picky().

deaf_server() ->
    Pid = spawn(?MODULE, picky, []),
    [Pid ! Message || N <- lists:seq(1, 3000), Message <- [{unexpected, N}, {'EXIT', N}]],
    [begin Pid ! {expected, self()}, receive answered -> ok end end || _ <- lists:seq(1, 5)],
    io:format("it still answers, but ~p wait~n", [element(2, process_info(Pid, message_queue_len))]),
    {messages, Messages} = process_info(Pid, messages),
    Kinds = lists:foldl(fun(M, Acc) -> maps:update_with(element(1, M), fun(C) -> C + 1 end, 1, Acc) end, #{}, Messages),
    io:format("kinds: ~p, first ~p, last ~p~n", [Kinds, hd(Messages), lists:last(Messages)]),
    kill(Pid).

%% With message_queue_data off_heap the messages are no part of the heap, so collections do not copy them.
off_heap() ->
    [begin
        Pid = spawn_opt(fun() -> receive stop -> ok end end, [{message_queue_data, Where}]),
        [Pid ! {data, lists:seq(1, 50)} || _ <- lists:seq(1, 5000)],
        garbage_collect(Pid),
        Items = process_info(Pid, [message_queue_data, message_queue_len, total_heap_size]),
        io:format("~p: ~p in the queue, on the heap: ~p~n", [proplists:get_value(message_queue_data, Items),
            proplists:get_value(message_queue_len, Items), proplists:get_value(total_heap_size, Items) > 5000 * 100]),
        kill(Pid)
    end || Where <- [on_heap, off_heap]].

%% max_heap_size ends a process whose mailbox got out of hand; the others go on.
bounded() ->
    {Pid, Monitor} = spawn_opt(fun() -> receive stop -> ok end end,
        [monitor, {max_heap_size, #{size => 20000, kill => true, error_logger => false}}]),
    io:format("limit: ~p~n", [maps:get(size, element(2, process_info(Pid, max_heap_size)))]),
    [Pid ! {data, lists:seq(1, 100)} || _ <- lists:seq(1, 1000)],
    garbage_collect(Pid),
    receive {'DOWN', Monitor, process, Pid, Reason} -> io:format("ended: ~p~n", [Reason]) end.

top(Item, N) ->
    All = [{Value, Name} || Pid <- processes(), [{_, Value}, {_, Name}] <- [process_info(Pid, [Item, registered_name])]],
    [{Name, Value} || {Value, Name} <- lists:sublist(lists:reverse(lists:sort(All)), N)].

words(Pid) ->
    {memory, Bytes} = process_info(Pid, memory),
    Bytes div erlang:system_info(wordsize).

wait_until(Pid, Status) ->
    case process_info(Pid, status) of
        {status, Status} -> Status;
        _ -> timer:sleep(1), wait_until(Pid, Status)
    end.

wait_len(Pid, Len) ->
    case process_info(Pid, message_queue_len) of
        {_, Len} -> Len;
        _ -> timer:sleep(1), wait_len(Pid, Len)
    end.

kill(Pid) ->
    Monitor = monitor(process, Pid),
    exit(Pid, kill),
    receive {'DOWN', Monitor, process, Pid, killed} -> ok end.
