%% Map expressions: building, updating, matching, keys of every type, errors.
-module(maps_syntax).
-export([main/1]).

main(_) ->
    K = id(key), V = id([v]),
    t:show(#{}), t:show(#{a => 1, b => 2, K => V}), t:show(#{K => 1, K => 2, a => 3, a => 4}),
    M = #{1 => int, 1.0 => float, a => atom, "s" => string, <<"b">> => bin, {t, 1} => tuple, [] => nil, #{x => y} => map, 1 bsl 70 => big, -0.0 => negzero},
    t:show(maps:size(M)),
    t:show([maps:get(X, M, none) || X <- [1, 1.0, a, "s", <<"b">>, {t, 1}, [], #{x => y}, 1 bsl 70, 0.0, 2, {t, 2}]]),
    t:show(M#{a := changed, new => 1}),
    t:show(M#{1 := x}),
    t:show(t:try_it(fun() -> M#{missing := 1} end)),
    t:show(t:try_it(fun() -> (id(notmap))#{a => 1} end)),
    t:show(t:try_it(fun() -> (id(notmap))#{a := 1} end)),
    t:show(t:try_it(fun() -> maps:get(zz, M) end)),
    t:show(t:try_it(fun() -> #{zz := Z} = M, Z end)),
    #{a := A, "s" := S, {t, 1} := T} = M,
    t:show({A, S, T}),
    t:show([m(X) || X <- [#{}, #{a => 1}, #{a => 1, b => 2}, #{b => 1}, #{c => #{d => 5}}, nomap, #{a => x, k => 1}]]),
    t:show([key(X, #{1 => one, two => 2}) || X <- [1, two, 3]]),
    t:show(#{a => 1, b => 2} =:= #{b => 2, a => 1}),
    t:show(#{a => 1} == #{a => 1.0}),
    t:show(#{a => 1} =:= #{a => 1.0}),
    t:show(#{1 => a} == #{1.0 => a}),
    t:show(lists:sort([#{b => 1}, #{a => 2}, #{a => 1, b => 1}, #{}, #{a => 1}])),
    Large = maps:from_list([{I, I * I} || I <- lists:seq(1, 100)]),
    t:show(map_size(Large#{5 := x, 200 => y})),
    t:show(maps:get(5, Large#{5 := x})),
    t:show(t:try_it(fun() -> Large#{101 := x} end)),
    #{50 := Fifty, 99 := NN} = Large,
    t:show({Fifty, NN}),
    t:show(grow(#{}, 0)),
    t:show(lists:foldl(fun(I, Acc) -> Acc#{I rem 7 => I} end, #{}, lists:seq(1, 50))),
    t:show(is_map_key(a, M)), t:show(map_get(a, M)),
    t:show(t:try_it(fun() -> is_map_key(a, id(1)) end)),
    t:show(t:try_it(fun() -> map_get(b, id(#{})) end)),
    t:show(t:try_it(fun() -> map_size(id([])) end)).

id(X) -> X.

m(#{a := 1, b := B}) -> {ab, B};
m(#{a := A}) when is_integer(A) -> {a, A};
m(#{a := x, k := K}) -> {k, K};
m(#{c := #{d := D}}) -> {deep, D};
m(#{} = M) -> {map, map_size(M)};
m(_) -> other.

key(K, M) ->
    case M of
        #{K := V} -> {found, V};
        _ -> none
    end.

grow(M, 40) -> lists:sum(maps:values(M));
grow(M, N) ->
    M1 = M#{{k, N} => N},
    N = maps:get({k, N}, M1),
    grow(M1, N + 1).
