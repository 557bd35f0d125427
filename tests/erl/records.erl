%% Records: defaults, nested update, matching, is_record, record_info, errors.
-module(records).
-export([main/1]).

-record(point, {x = 0, y = 0 :: integer()}).
-record(shape, {name, at = #point{}, tags = [] :: list(), f = fun erlang:abs/1}).
-record(empty, {}).
-record(wide, {a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8, i = 9, j = 10, k = 11, l = 12, m = 13}).

main(_) ->
    P = #point{x = 3},
    S = #shape{name = "s", at = P},
    t:show(P), t:show(#empty{}), t:show(#wide{c = x, _ = 0}),
    t:show(S#shape.at#point.x),
    t:show(S#shape{at = P#point{y = 9}, tags = [a]}),
    t:show((S#shape.f)(-5)),
    t:show(record_info(fields, wide)), t:show(record_info(size, wide)), t:show(#wide.f),
    t:show([area(X) || X <- [P, S, #empty{}, {point, 1}, x]]),
    t:show([is_record(X, point) || X <- [P, {point, 1, 2}, {point, 1}, point]]),
    t:show([t:try_it(fun() -> X#point.x end) || X <- [id({point, 1}), id(x), id(#empty{})]]),
    t:show(t:try_it(fun() -> (id({other, 1, 2}))#point{x = 1} end)),
    W = lists:foldl(fun(I, R) -> R#wide{a = I, m = R#wide.a, g = R#wide.g + I} end, #wide{}, lists:seq(1, 1000)),
    t:show(W),
    t:show(setelement(#wide.b, W, new)),
    t:show(lists:keysort(#point.y, [#point{x = 1, y = 2}, #point{x = 2, y = 1}])),
    #shape{at = #point{x = X, y = Y}, tags = T} = S,
    t:show({X, Y, T}),
    t:show([t:try_it(fun() -> element(I, id({a, b})) end) || I <- [0, 1, 2, 3, -1, a, 1 bsl 70]]),
    t:show([t:try_it(fun() -> setelement(I, id({a, b}), z) end) || I <- [0, 1, 2, 3, a]]),
    t:show([erlang:append_element({a}, b), erlang:delete_element(1, {a, b}), erlang:insert_element(2, {a, b}, x), erlang:make_tuple(3, q), erlang:make_tuple(4, q, [{2, z}, {4, y}, {2, w}])]),
    t:show([t:try_it(fun() -> apply(erlang, F, A) end) || {F, A} <- [{delete_element, [3, {a, b}]}, {insert_element, [5, {a}, x]}, {make_tuple, [-1, x]}, {make_tuple, [2, x, [{3, y}]]}, {tuple_to_list, [x]}, {list_to_tuple, [[a | b]]}, {tuple_size, [[]]}]]).

id(X) -> X.

area(#point{x = X, y = Y}) -> X * Y;
area(#shape{at = #point{x = 3} = P}) -> {shape, area(P)};
area(R) when is_record(R, empty) -> empty;
area(_) -> none.
