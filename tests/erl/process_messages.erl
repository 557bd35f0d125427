%% Sending and receiving: order, selective receive, timeouts, large messages, self-sends, many senders, reference markers.
-module(process_messages).
-export([main/1]).

main(_) ->
    Self = self(),
    [self() ! N || N <- [5, 3, 1, 4, 2]],
    t:show([receive N -> N end || N <- [1, 2, 3, 4, 5]]),
    self() ! a, self() ! b, t:show(receive X0 -> X0 end), t:show(process_info(self(), messages)), t:show(receive X1 -> X1 end),
    t:show(receive X2 -> X2 after 0 -> timeout end), t:show(receive X3 -> X3 after 10 -> timeout end), t:show(receive after 5 -> slept end),
    self() ! late, t:show(receive early -> early after 0 -> none end), t:show(receive late -> late end),
    %% order between a pair is kept
    P = spawn_link(fun() -> [Self ! {seq, N} || N <- lists:seq(1, 20000)] end),
    t:show(in_order(1, 20000)), t:show(is_pid(P)),
    %% many senders: each one's order is kept
    Ps = [spawn_link(fun() -> [Self ! {self(), N} || N <- lists:seq(1, 500)] end) || _ <- lists:seq(1, 40)],
    t:show(lists:usort([each(Q, 1) || Q <- Ps])),
    %% ping pong
    Pong = spawn_link(fun() -> pong(0) end), t:show(ping(Pong, 20000)), Pong ! {stop, self()}, t:show(receive {count, C} -> C end),
    %% reply with a fresh reference among many old messages
    [self() ! {noise, N} || N <- lists:seq(1, 20000)],
    Echo = spawn_link(fun() -> echo() end),
    t:show(lists:sum([call(Echo, N) || N <- lists:seq(1, 2000)])),
    t:show(element(2, process_info(self(), message_queue_len))), t:show(flush(0)),
    %% large terms of every kind
    Big = {lists:seq(1, 10000), maps:from_list([{N, {N}} || N <- lists:seq(1, 1000)]), binary:copy(<<1, 2, 3>>, 100000), 1 bsl 5000, <<5:3>>, fun(A) -> A end, 1.5, "str", atom, make_ref(), self()},
    t:show(call(Echo, Big) =:= Big), t:show(call(Echo, [Big, Big]) =:= [Big, Big]),
    t:show([call(Echo, X) =:= X || X <- [[], {}, #{}, <<>>, 0, a, -1, 1.0, 1 bsl 60, <<1:1>>, [a | b]]]),
    %% bang returns its message; sends to names; erlang:send options
    t:show(self() ! {x, y}), t:show(flush(0)), register(me, self()), me ! via_name, t:show(receive via_name -> ok end), {me, node()} ! via_node, t:show(receive via_node -> ok end),
    t:show([erlang:send(me, m1), erlang:send(me, m2, [nosuspend]), erlang:send(me, m3, [noconnect]), erlang:send_nosuspend(me, m4)]), t:show(flush(0)),
    t:show([t:try_it(fun() -> X ! y end) || X <- [nobody, 1, {a, b, c}, "x"]]), t:show(t:try_it(fun() -> {nobody, node()} ! y end)), Dead = spawn(fun() -> ok end), timer:sleep(10), t:show(Dead ! lost),
    t:show(t:try_it(fun() -> receive after -1 -> ok end end)), t:show(t:try_it(fun() -> receive after id(a) -> ok end end)), t:show(t:try_it(fun() -> receive after id(1 bsl 40) -> ok end end)),
    unregister(me),
    %% receive in guards and nested
    self() ! {v, 3}, self() ! {v, 30}, t:show(receive {v, V} when V > 10 -> V end), t:show(receive {v, V2} -> receive {w, W} -> W after 0 -> V2 end end),
    t:show(lists:sort([receive {ring, N} -> N end || N <- ring(50, 100)])).

id(X) -> X.
in_order(N, Max) when N > Max -> ok;
in_order(N, Max) -> receive {seq, N} -> in_order(N + 1, Max); {seq, M} -> {bad, N, M} end.
each(_, 501) -> ok;
each(P, N) -> receive {P, N} -> each(P, N + 1); {P, M} -> {bad, N, M} end.
pong(N) -> receive {ping, From} -> From ! pong, pong(N + 1); {stop, From} -> From ! {count, N} end.
ping(_, 0) -> done;
ping(P, N) -> P ! {ping, self()}, receive pong -> ping(P, N - 1) end.
echo() -> receive {From, Ref, X} -> From ! {Ref, X}, echo() end.
call(P, X) -> Ref = make_ref(), P ! {self(), Ref, X}, receive {Ref, R} -> R end.
flush(N) -> receive _ -> flush(N + 1) after 0 -> N end.
ring(N, Laps) ->
    Self = self(),
    Last = lists:foldl(fun(_, Next) -> spawn_link(fun() -> forward(Next) end) end, Self, lists:seq(1, N)),
    go(Last, Laps),
    self() ! {ring, Laps},
    [Laps].
go(_, 0) -> ok;
go(P, N) -> P ! {token, N}, receive {token, N} -> go(P, N - 1) end.
forward(Next) -> receive X -> Next ! X, forward(Next) end.
