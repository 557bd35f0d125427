%% flags: +S 4:4
%% Mailboxes: processes send one another messages of all kinds and take them out of their queues by sender and kind, while they collect,
%% hibernate, move their queues on and off the heap, ask and suspend one another. What must come out: every message once, whole, in its order.
%% (OTP 25.2.3 dies of this now and then, so what must be printed is written down.)
-module(mailboxes).
-export([main/1, loop/1]).

-define(WORKERS, 8).
-define(KINDS, 8).

%% me: number; peers: their pids, by number; sent, taken: how many messages to and from each peer, by {Number, Kind}
-record(worker, {me, peers, echo, deadline, sent = #{}, taken = #{}, ended = #{}}).

main(_) ->
    Deadline = stress:deadline(3000),
    Started = [spawn_opt(fun() -> worker(N, Deadline) end, [monitor | options(N)]) || N <- lists:seq(1, ?WORKERS)],
    Peers = list_to_tuple([P || {P, _} <- Started]),
    [P ! {peers, Peers} || {P, _} <- Started],
    t:show([receive {'DOWN', M, process, P, R} -> R end || {P, M} <- Started]).

options(N) -> lists:nth(1 + N rem 4, [[], [{message_queue_data, off_heap}], [{fullsweep_after, 0}], [{min_heap_size, 5000}, {message_queue_data, off_heap}]]).

worker(N, Deadline) ->
    rand:seed(exsss, {N, 7, 7}),
    Echo = spawn_link(fun echo/0),
    receive {peers, Peers} -> loop(#worker{me = N, peers = Peers, echo = Echo, deadline = Deadline}) end.

echo() -> receive {From, Ref, X} -> From ! {Ref, X}, echo() end.

loop(W) ->
    case stress:passed(W#worker.deadline) of
        true ->
            [element(P, W#worker.peers) ! {ended, W#worker.me, maps:filter(fun({To, _}, _) -> To =:= P end, W#worker.sent)} || P <- lists:seq(1, ?WORKERS)],
            drain(W);
        false -> step(W, rand:uniform(24))
    end.

step(W, N) when N =< 8 ->
    {message_queue_len, Waiting} = process_info(self(), message_queue_len),
    loop(case Waiting < 300 of true -> send(W, rand:uniform(?WORKERS), rand:uniform(?KINDS)); false -> take_any(W, 50) end);
step(W, N) when N =< 14 -> loop(take(W, rand:uniform(?WORKERS), rand:uniform(?KINDS)));
step(W, N) when N =< 16 -> loop(take_any(W, 3));
step(W, 17) -> garbage_collect(), loop(W);
step(W, 18) -> process_flag(message_queue_data, case rand:uniform(2) of 1 -> on_heap; 2 -> off_heap end), loop(W);
step(W, 19) ->
    {messages, Messages} = process_info(self(), messages),
    [check(M) || M <- Messages],
    loop(W);
step(W, 20) ->
    %% The replies are found behind all that waits.
    Ref = monitor(process, W#worker.echo, [{alias, reply_demonitor}]),
    X = {rand:uniform(1 bsl 70), binary:copy(<<"x">>, rand:uniform(200))},
    W#worker.echo ! {Ref, Ref, X},
    receive {Ref, X} -> ok end,
    loop(W);
step(W, 21) ->
    garbage_collect(peer(W)),
    loop(W);
step(W, 22) ->
    Peer = peer(W),
    _ = Peer =/= self() andalso (catch begin erlang:suspend_process(Peer, [asynchronous]), erlang:resume_process(Peer) end),
    loop(W);
step(W, 23) ->
    case process_info(peer(W), [messages, message_queue_len, total_heap_size]) of
        [{messages, Messages} | _] -> [check(M) || M <- Messages];
        undefined -> ok
    end,
    loop(W);
step(W, 24) ->
    %% A message wakes it, if none is there.
    self() ! {wake, W#worker.me},
    receive {wake, _} -> ok end,
    _ = send(W, W#worker.me, 1),
    erlang:hibernate(?MODULE, loop, [W#worker{sent = count(W#worker.sent, {W#worker.me, 1})}]).

peer(W) -> element(rand:uniform(?WORKERS), W#worker.peers).

count(Counts, Key) -> maps:update_with(Key, fun(N) -> N + 1 end, 1, Counts).

send(W, To, Kind) ->
    Sent = count(W#worker.sent, {To, Kind}),
    Message = message(Kind, W#worker.me, maps:get({To, Kind}, Sent)),
    case rand:uniform(20) of
        1 -> erlang:send(element(To, W#worker.peers), Message, [nosuspend]);
        _ -> element(To, W#worker.peers) ! Message
    end,
    W#worker{sent = Sent}.

%% Kind, sender and number are in all of them; the others carry the hash of what they carry.
message(1, From, N) -> N * 100 + From;
message(2, From, N) -> whole(2, From, N, lists:seq(1, rand:uniform(40)));
message(3, From, N) -> whole(3, From, N, binary:copy(<<N:32>>, 10 + rand:uniform(100)));
message(4, From, N) -> <<_:7, Part/bits>> = binary:copy(<<N:64>>, rand:uniform(40)), whole(4, From, N, Part);
message(5, From, N) -> whole(5, From, N, #{N => [N], {From} => #{a => N * 1.5}});
message(6, From, N) -> whole(6, From, N, [N bsl 100, -N / 3, {N, "text", [improper | N]}]);
message(7, From, N) -> [From, N | atom];
message(8, From, N) -> whole(8, From, N, maps:from_list([{I, {I, N}} || I <- lists:seq(1, 40)])).

whole(Kind, From, N, Load) -> {Kind, From, N, erlang:phash2(Load), Load}.

check({_, _, _, Hash, Load}) -> Hash = erlang:phash2(Load), ok;
check(_) -> ok.

%% The first of a sender and kind, if there is one.
take(W, From, 1) -> receive I when is_integer(I), I rem 100 =:= From -> taken(W, From, 1, I div 100) after 0 -> W end;
take(W, From, 7) -> receive [From, N | atom] -> taken(W, From, 7, N) after 0 -> W end;
take(W, From, Kind) -> receive {Kind, From, N, _, _} = M -> check(M), taken(W, From, Kind, N) after 0 -> W end.

take_any(W, 0) -> W;
take_any(W, K) ->
    receive M when not (is_tuple(M) andalso element(1, M) =:= ended) -> take_any(took(W, M), K - 1)
    after rand:uniform(2) - 1 -> W
    end.

took(W, I) when is_integer(I) -> taken(W, I rem 100, 1, I div 100);
took(W, [From, N | atom]) -> taken(W, From, 7, N);
took(W, {Kind, From, N, _, _} = M) -> check(M), taken(W, From, Kind, N).

taken(W, From, Kind, N) ->
    Taken = count(W#worker.taken, {From, Kind}),
    case Taken of #{{From, Kind} := N} -> W#worker{taken = Taken}; _ -> exit({out_of_order, From, Kind, N, maps:get({From, Kind}, Taken)}) end.

%% All that the others say they sent has come.
drain(#worker{ended = Ended, taken = Taken}) when map_size(Ended) =:= ?WORKERS ->
    Sent = maps:from_list([{{From, Kind}, N} || {From, Counts} <- maps:to_list(Ended), {{_, Kind}, N} <- maps:to_list(Counts)]),
    Sent = Taken,
    receive M -> exit({one_too_many, M}) after 0 -> ok end;
drain(W) ->
    receive
        {ended, From, Counts} -> drain(W#worker{ended = (W#worker.ended)#{From => Counts}});
        M -> drain(took(W, M))
    end.
