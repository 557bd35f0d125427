%% Many senders and large messages at the same time, in both directions: nothing is lost, each sender's messages keep their order.
-module(traffic).
-export([main/1, receiver/2, sender/3]).

main(_) ->
    {Node, _} = d:start("b"),
    Self = self(),
    Senders = 20,
    There = spawn(Node, ?MODULE, receiver, [Self, Senders]),
    Here = spawn(?MODULE, receiver, [Self, Senders]),
    [spawn(?MODULE, sender, [There, I, 300]) || I <- lists:seq(1, Senders)],
    [spawn(Node, ?MODULE, sender, [Here, I, 300]) || I <- lists:seq(1, Senders)],
    [receive {P, Result} -> io:format("~p ~p~n", [What, Result]) end || {P, What} <- [{There, there}, {Here, here}]],
    {Time, ok} = timer:tc(fun() -> huge(Node) end),
    io:format("~p~n", [Time > 0]).

sender(To, I, N) ->
    [To ! {I, K, binary:copy(<<I>>, size_of(I, K))} || K <- lists:seq(1, N)].

size_of(I, K) when (I + K) rem 37 =:= 0 -> 150000 + I * 1000;
size_of(_, K) -> K.

receiver(Parent, Senders) -> Parent ! {self(), receive_all(maps:from_keys(lists:seq(1, Senders), 0), Senders, 0)}.

receive_all(_, 0, Bytes) -> {all, Bytes};
receive_all(Last, Open, Bytes) ->
    receive
        {I, K, B} ->
            case Last of
                #{I := Before} when K =:= Before + 1, byte_size(B) > 0 ->
                    B = binary:copy(<<I>>, size_of(I, K)),
                    receive_all(Last#{I := K}, if K =:= 300 -> Open - 1; true -> Open end, Bytes + byte_size(B));
                _ -> {out_of_order, I, K}
            end
    after 20000 -> {missing, Last}
    end.

%% A term of many megabytes; others are served meanwhile.
huge(Node) ->
    Echo = spawn(Node, d, echo, [self()]),
    receive {Echo, up} -> ok end,
    Term = {binary:copy(<<"x">>, 20000000), lists:seq(1, 300000)},
    Echo ! {self(), Term},
    pong = net_adm:ping(Node),
    receive {Echo, Term} -> ok end.
