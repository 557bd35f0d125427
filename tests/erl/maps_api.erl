%% The maps module, function by function, with what it raises.
-module(maps_api).
-export([main/1]).

main(_) ->
    M = #{a => 1, b => 2, c => 3},
    Cases = [{F, A} || {F, A} <- [
        {find, [a, M]}, {find, [z, M]}, {find, [a, x]}, {fold, [fun(K, V, Acc) -> [{K, V} | Acc] end, [], M]}, {fold, [x, [], M]},
        {from_list, [[{a, 1}, {a, 2}, {b, 3}]]}, {from_list, [[a]]}, {from_list, [x]}, {from_keys, [[a, b], 0]}, {from_keys, [x, 0]},
        {get, [a, M]}, {get, [z, M]}, {get, [a, 1]}, {get, [z, M, d]}, {is_key, [a, M]}, {is_key, [a, []]}, {keys, [M]}, {keys, [x]},
        {map, [fun(K, V) -> {K, V} end, M]}, {map, [x, M]}, {merge, [M, #{c => 4, d => 5}]}, {merge, [M, x]}, {merge, [x, M]},
        {merge_with, [fun(_, X, Y) -> X + Y end, M, #{a => 10, z => 1}]}, {intersect, [M, #{a => 9, q => 1}]}, {intersect_with, [fun(_, X, Y) -> {X, Y} end, M, #{b => 1}]},
        {put, [d, 4, M]}, {put, [a, 0, M]}, {put, [a, 1, x]}, {remove, [a, M]}, {remove, [z, M]}, {remove, [a, x]}, {size, [M]}, {size, [x]},
        {take, [a, M]}, {take, [z, M]}, {take, [a, x]}, {to_list, [M]}, {to_list, [x]}, {update, [a, 9, M]}, {update, [z, 9, M]}, {update, [a, 1, x]},
        {update_with, [a, fun(X) -> X + 1 end, M]}, {update_with, [z, fun(X) -> X end, M]}, {update_with, [z, fun(X) -> X end, init, M]}, {values, [M]}, {values, [x]},
        {with, [[a, z], M]}, {with, [x, M]}, {without, [[a, z], M]}, {without, [x, M]}, {filter, [fun(_, V) -> V > 1 end, M]}, {filter, [x, M]},
        {filtermap, [fun(_, 1) -> true; (_, 2) -> {true, two}; (_, _) -> false end, M]}, {foreach, [fun(_, _) -> ok end, M]}, {groups_from_list, [fun(X) -> X rem 3 end, [1, 2, 3, 4, 5]]},
        {groups_from_list, [fun(X) -> X rem 2 end, fun(X) -> X * X end, [1, 2, 3]]}, {iterator, [x]}, {next, [x]}, {new, []}]],
    [show(F, A) || {F, A} <- Cases],
    t:show(maps:next(maps:iterator(#{}))).

show(F, A) ->
    try apply(maps, F, A) of
        V -> io:format("~p/~p ~0p~n", [F, length(A), V])
    catch
        C:R:St ->
            [{Mod, Fun, Args, Loc} | _] = St,
            io:format("~p/~p ~p ~0p ~0p ~0p~n", [F, length(A), C, no_fun(R), {Mod, Fun, no_fun(Args)}, proplists:get_value(error_info, Loc)])
    end.

no_fun(F) when is_function(F) -> function;
no_fun(L) when is_list(L) -> [no_fun(X) || X <- L];
no_fun(T) when is_tuple(T) -> list_to_tuple(no_fun(tuple_to_list(T)));
no_fun(X) -> X.
