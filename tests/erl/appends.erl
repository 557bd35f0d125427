%% Bitstrings grown from one another in all orders: from the newest, from an older one, from both ends of a message, with collections in between.
-module(appends).
-export([main/1]).

main(_) -> t:show([run(Seed) || Seed <- lists:seq(1, 30)]).

run(Seed) ->
    rand:seed(exsss, {Seed, 1, 9}),
    Echo = spawn_link(fun() -> rand:seed(exsss, {Seed, 8, 8}), echo([]) end),
    {N, Bits} = steps(500, Echo, [{<<>>, []}]),
    unlink(Echo), exit(Echo, kill),
    {N, Bits}.

steps(0, _, Pool) -> {length(Pool), erlang:phash2([check(P) || P <- Pool])};
steps(N, Echo, Pool) ->
    {B, Parts} = P = lists:nth(min(length(Pool), case rand:uniform(3) of 1 -> rand:uniform(length(Pool)); _ -> 1 end), Pool),
    New = case rand:uniform(11) of
        1 -> grow(P, binary:copy(<<N>>, rand:uniform(300)));
        2 -> X = rand:uniform(1 bsl 30), {<<B/bits, X:29>>, [<<X:29>> | Parts]};
        3 -> {<<B/bits, N:7, 1:1>>, [<<N:7, 1:1>> | Parts]};
        4 -> {<<B/bits, N:16, (B)/bits>>, [copied(P), <<N:16>> | Parts]};
        5 -> lists:foldl(fun(I, Q) -> grow(Q, <<I>>) end, P, lists:seq(1, rand:uniform(40)));
        6 -> Size = rand:uniform(bit_size(B) + 1) - 1, <<Front:Size/bits, _/bits>> = B, <<F2:Size/bits, _/bits>> = copied(P), {Front, [F2]};
        7 -> Size = rand:uniform(bit_size(B) + 1) - 1, <<_:Size, Back/bits>> = B, <<_:Size, B2/bits>> = copied(P), {Back, [B2]};
        8 -> Echo ! {self(), P}, receive {grown, Q} -> Q end;
        9 -> garbage_collect(), grow(P, <<"gc">>);
        10 -> C = << <<(X bxor 1)>> || <<X>> <= B >>, {C, [<< <<(X bxor 1)>> || <<X>> <= copied(P) >>]};
        11 -> check(P), grow(P, <<1.5:64/float, N:32/little>>)
    end,
    case bit_size(element(1, New)) > 200000 of true -> steps(N - 1, Echo, Pool); false -> steps(N - 1, Echo, lists:sublist([New | Pool], 25)) end.

grow({B, Parts}, X) -> {<<B/bits, X/bits>>, [X | Parts]}.
%% Put together without growing anything.
copied({_, Parts}) -> erlang:list_to_bitstring(lists:reverse(Parts)).
check({B, _} = P) -> C = copied(P), true = B =:= C, erlang:phash2(B).

echo(Kept) ->
    receive {From, P} ->
        From ! {grown, grow(P, <<"echo">>)},
        Q = grow(P, <<"mine">>), check(P), check(Q), [check(K) || K <- Kept],
        rand:uniform(5) =:= 1 andalso garbage_collect(),
        echo(lists:sublist([Q | Kept], 5))
    end.
