%% Random operations on maps, ets tables and the process dictionary, against gb_trees and against each other.
-module(random_maps).
-export([main/1]).

main(_) ->
    [io:format("~w ~w~n", [I, run(I)]) || I <- lists:seq(1, 25)],
    io:format("~w~n", [run(3000)]).

run(I) ->
    Set = ets:new(s, [set]), Ord = ets:new(o, [ordered_set]),
    Ops = 300 + I * 20,
    {M, G} = t_random:fold(Ops, fun(_, {M0, G0}, S0) -> step(M0, G0, Set, Ord, I, S0) end, {#{}, gb_trees:empty()}, t_random:seed(I + 3000)),
    L = lists:sort(maps:to_list(M)),
    %% keys that are equal but not the same (1 and 1.0) do not occur
    L = lists:sort(gb_trees:to_list(G)), L = lists:sort(ets:tab2list(Set)), L = lists:sort(ets:tab2list(Ord)),
    L = lists:sort([{K, get({d, K})} || {K, _} <- L]),
    [erase({d, K}) || {K, _} <- L],
    Keys = [K || {K, _} <- ets:tab2list(Ord)], Keys = lists:sort(maps:keys(M)),
    ets:delete(Set), ets:delete(Ord),
    {map_size(M), erlang:phash2(M), erlang:phash2(L)}.

step(M, G, Set, Ord, I, S0) ->
    {K, S1} = key(I, S0),
    {Op, S2} = t_random:int(5, S1),
    {V, S3} = t_random:integer(S2),
    case Op of
        _ when Op =< 3 ->
            ets:insert(Set, {K, V}), ets:insert(Ord, {K, V}), put({d, K}, V),
            {{M#{K => V}, gb_trees:enter(K, V, G)}, S3};
        4 ->
            ets:delete(Set, K), ets:delete(Ord, K), erase({d, K}),
            {{maps:remove(K, M), gb_trees:delete_any(K, G)}, S3};
        5 ->
            Want = case gb_trees:lookup(K, G) of none -> error; {value, X} -> {ok, X} end,
            Want = maps:find(K, M),
            Want = case ets:lookup(Set, K) of [] -> error; [{_, Y}] -> {ok, Y} end,
            Want = case ets:lookup(Ord, K) of [] -> error; [{_, Z}] -> {ok, Z} end,
            Want = case get({d, K}) of undefined -> error; W -> {ok, W} end,
            {{M, G}, S3}
    end.

key(I, S0) ->
    {N, S1} = t_random:int(20 + I * 10, S0),
    {case N rem 5 of 0 -> N; 1 -> {N, a}; 2 -> <<N:16>>; 3 -> [N, "k"]; 4 -> N bsl 80 end, S1}.
