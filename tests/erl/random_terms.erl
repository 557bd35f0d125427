%% Random terms: order is total and the same, hashes, printing, external format, copies in messages, keys of maps and tables.
%% timeout: 60
-module(random_terms).
-export([main/1]).

main(_) ->
    {Ts, S} = t_random:many(1500, fun(X) -> t_random:term(3, X) end, t_random:seed(1)),
    t:show(erlang:phash2(Ts)),
    [io:format("~w: ~w~n", [I, digest(Block)]) || {I, Block} <- blocks(Ts, 1)],
    Sorted = lists:sort(Ts), Tup = list_to_tuple(Ts),
    t:show(erlang:phash2(Sorted)),
    t:show(ordered(Sorted)),
    {Pairs, _} = t_random:many(20000, fun(X0) -> {A, X1} = t_random:int(length(Ts), X0), {B, X2} = t_random:int(length(Ts), X1), {{element(A, Tup), element(B, Tup)}, X2} end, S),
    t:show(erlang:phash2([{A < B, A == B, A =:= B, A > B} || {A, B} <- Pairs])),
    t:show([X || {A, B} = X <- Pairs, (A < B) =:= (B =< A)]),
    Echo = spawn_link(fun Loop() -> receive {From, T} -> From ! {same, T}, Loop() end end),
    t:show(lists:usort([begin Echo ! {self(), T}, receive {same, U} -> U =:= T end end || T <- Ts])),
    M = maps:from_list([{T, I} || {I, T} <- lists:zip(lists:seq(1, length(Ts)), Ts)]),
    t:show({map_size(M), erlang:phash2(M), lists:usort([maps:is_key(T, M) || T <- Ts])}),
    E = ets:new(e, [set]), O = ets:new(o, [ordered_set]),
    [begin ets:insert(E, {T, 1}), ets:insert(O, {T, 1}) end || T <- Ts],
    t:show([ets:info(E, size), ets:info(O, size), lists:usort([ets:lookup(E, T) =:= [{T, 1}] || T <- Ts]), lists:usort([length(ets:lookup(O, T)) || T <- Ts])]),
    t:show(erlang:phash2([K || {K, _} <- ets:tab2list(O)])),
    t:show(length(lists:usort(Ts))).

digest(Ts) ->
    Text = unicode:characters_to_binary([io_lib:format("~tp ~tw~n", [T, T]) || T <- Ts, not has_large_map(T)]),
    Bins = [term_to_binary(T) || T <- Ts, not has_large_map(T)],
    Same = lists:usort([binary_to_term(term_to_binary(T)) =:= T andalso binary_to_term(term_to_binary(T, [compressed])) =:= T || T <- Ts]),
    {erlang:crc32(Text), erlang:crc32(Bins), Same, [erlang:phash2(T) rem 1000 || T <- Ts], erlang:phash2([erlang:phash(T, 1 bsl 32) || T <- Ts])}.

%% The order of a large map's keys is the VM's own affair.
has_large_map(M) when is_map(M) -> map_size(M) > 32 orelse lists:any(fun({K, V}) -> has_large_map(K) orelse has_large_map(V) end, maps:to_list(M));
has_large_map([H | T]) -> has_large_map(H) orelse has_large_map(T);
has_large_map(T) when is_tuple(T) -> has_large_map(tuple_to_list(T));
has_large_map(_) -> false.

blocks([], _) -> [];
blocks(L, N) -> {A, B} = lists:split(min(50, length(L)), L), [{N, A} | blocks(B, N + 1)].

ordered([A, B | R]) -> A =< B andalso ordered([B | R]);
ordered(_) -> true.
