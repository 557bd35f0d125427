%% Small maps whose keys are found and placed by quick comparisons: integers beside large ones and floats, atoms that begin alike,
%% tuples within tuples, equal ones at different addresses.
-module(maps_key_order).
-export([main/1]).

main(_) ->
    Kinds = [{integers, [5, -3, 0, 17, 1 bsl 70, -(1 bsl 70), 1.0, -0.5, 1, 2, -4]},
             {small_first, [3, 1, 2, 1 bsl 80, 2.5, 4]},
             {atoms, [same_beginning_b, same_beginning_a, b, a, '', same_beginning, z, 7, {}, [], "text"]},
             {tuples, [{b_var, N} || N <- [4, 1, 3, 2]] ++ [{b_var, {v, 2}}, {b_var, {v, 1}}, {b_var, v}, {a}, {}, {b_var, 1.0}]},
             {nested, [{K, {K, {E, N}}} || K <- [x, y], E <- [e, f], N <- [2, 1]] ++ [{x, {}}, {x, {x}}, {x, {x, {e, "list"}}}]},
             {inside, [{{a, 1}, 2}, {{a, 1}, 1}, {{a, 2}, 0}, {{b, 0}, 0}, {{a, [1]}, 5}, {{a, [0]}, 7}]}],
    [show(Name, copies(Keys)) || {Name, Keys} <- Kinds],
    io:format("~p~n", [updates()]).

%% Nothing of the copies is shared with the originals.
copies(Keys) -> binary_to_term(term_to_binary(Keys)).

show(Name, Keys) ->
    Put = lists:foldl(fun(K, M) -> M#{K => {value, K}} end, #{}, Keys),
    Sorted = maps:from_list([{K, {value, K}} || K <- lists:sort(Keys)]),
    Again = copies(Keys),
    io:format("~p ~p ~p~n", [Name, maps:to_list(Put), Put =:= Sorted]),
    io:format("~p ~p~n", [[maps:get(K, Put) =:= {value, K} || K <- Again], [is_map_key(K, maps:remove(K, Put)) || K <- Again]]),
    io:format("~p~n", [[maps:size(Put#{K := new}) || K <- Again]]),
    io:format("~p~n", [[catch Put#{K := new} || K <- [absent, {b_var, 99}, {x, {x, {g, 1}}}, 99, 1 bsl 90]]]).

%% A value that is the same again, atoms that are new, several at once.
updates() ->
    M = #{width => 1, adjust => right, pad => $\s},
    [M#{width => 1}, M#{width := 2}, M#{strings => true}, M#{width := 1, pad := $0}, M#{width => 1, adjust => right},
     M#{a => 1, z => 2, width => 3}, catch M#{none := 1}, catch M#{width := 1, none := 1}].
