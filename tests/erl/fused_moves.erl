%% Moves in front of calls, which the loader writes anew: exchanges, rotations, sums among them, values saved in the frame meanwhile.
-module(fused_moves).
-export([main/1, id/1, list/3, list/4, list/5]).

main(_) ->
    Max = (1 bsl 60) - 1,
    io:format("~p~n", [[exchange(N, a, b) || N <- lists:seq(0, 3)]]),
    io:format("~p~n", [[rotate(N, a, b, c, d) || N <- lists:seq(0, 5)]]),
    io:format("~p~n", [[reverse(N, a, b, c, d, e) || N <- lists:seq(0, 2)]]),
    io:format("~p~n", [[tak(X, Y, Z) || X <- [5, 8, 8.5], Y <- [2, 4.0], Z <- [0, 1]]]),
    io:format("~p~n", [[saved(X, Y, Z) || {X, Y, Z} <- [{1, 2, 3}, {Max, -Max, 0}, {1 bsl 80, 1.5, -Max - 1}]]]),
    [io:format("~p~n", [catch tak(X, Y, Z)]) || {X, Y, Z} <- [{b, a, 1}, {2, 1, x}]],
    [io:format("~p~n", [guarded(X, Y, Z)]) || {X, Y, Z} <- [{1, 2, 3}, {1, x, 3}, {x, 2, 3}, {1, 2, x}]],
    io:format("~p~n", [grow(20000, Max - 10000, 0, 0)]),
    io:format("~p~n", [external(1, 2, 3)]),
    io:format("~p~n", [[steps(N, 0) || N <- [1, 27, Max, Max - 1, (1 bsl 62) + 1, 1 bsl 61, -1 bsl 61]]]),
    io:format("~p~n", [[steps(8, L) || L <- [Max - 1, Max, 1.5, 1 bsl 70]]]),
    [io:format("~p ~p~n", [catch steps(A, B), catch linear(A)]) || {A, B} <- [{2.0, 0}, {x, 0}, {8, y}, {3, y}, {[], []}]],
    io:format("~p~n", [[linear(N) || N <- [0, 5, -5, 1.5, Max, -Max - 1, Max div 3, Max div 3 + 1, 1 bsl 90]]]),
    io:format("~p~n", [[{least(N), most(N)} || N <- [-1, 0, 7, 8, 7.5, 8.0, a, [], Max + 1, -Max - 2]]]),
    io:format("~p~n", [[depth(N) || N <- [0, 10, 10.0, 20000]]]),
    [io:format("~p~n", [catch depth(N)]) || N <- [x, {}]],
    io:format("~p~n", [erlang:phash2(lists:foldl(fun(N, A) -> rebuilt({N, [N], A, {N}}) end, [], lists:seq(1, 50000)))]),
    io:format("~p~n", [[spread(L) || L <- [[], [1], [1, 2], [1, 2, 3]]]]).

id(X) -> X.
list(A, B, C) -> [A, B, C].
list(A, B, C, D) -> [A, B, C, D].
list(A, B, C, D, E) -> [A, B, C, D, E].

exchange(0, A, B) -> {A, B};
exchange(N, A, B) -> exchange(N - 1, B, A).
rotate(0, A, B, C, D) -> {A, B, C, D};
rotate(N, A, B, C, D) -> rotate(N - 1, B, C, D, A).
reverse(0, A, B, C, D, E) -> {A, B, C, D, E};
reverse(N, A, B, C, D, E) -> reverse(N - 1, E, D, C, B, A).

tak(X, Y, Z) when Y < X -> tak(tak(X - 1, Y, Z), tak(Y - 1, Z, X), tak(Z - 1, X, Y));
tak(_, _, Z) -> Z.

%% Results change places with what is in the frame.
saved(X, Y, Z) ->
    A = list(Y - 1, Z, X),
    B = list(Z + 1, A, Y, X),
    C = list(X + 7, B, A, Z, Y),
    D = list(C, A, B =:= A),
    E = list(D, C, B, A, Z - 1),
    {A, E, list(Y, X + 1, Z, D)}.

guarded(X, Y, Z) ->
    A = id(X),
    try
        B = list(Y - 1, A, Z),
        C = list(Z + 1, B, Y),
        {C, list(X - 1, C, B, A), Y}
    catch
        error:Reason:Trace -> {Reason, A, X, Y, Z, [{F, if is_list(As) -> length(As); true -> As end} || {_, F, As, _} <- Trace, F =/= main]}
    end.

%% Sums that become big: the heap is collected inside of them.
grow(0, A, B, C) -> {A, B, C};
grow(N, A, B, C) ->
    {D, E} = pair(B + 1, A, [N]),
    grow(N - 1, D + 1, E, C + 1).
pair(A, B, [_]) -> {B, A}.

external(A, B, C) ->
    X = ?MODULE:list(C, A, B),
    Y = ?MODULE:list(B + 1, X, C, A),
    ?MODULE:list(Y, X, A - 1, C, B).

spread([]) -> none;
spread([A]) -> list(A, A, A);
spread([A, B]) -> list(B, A, B, A);
spread([A, B, C]) -> X = list(C, B, A), list(X, A, C, B, X).

%% Shifts, products and sums of one instruction.
steps(N, L) when N < 2; L > 1 bsl 80 -> {N, L};
steps(N, L) when N band 1 =:= 0 -> halved(N bsr 1, L);
steps(N, L) when N > 1 bsl 65 -> {big, N, L};
steps(N, L) -> steps(3 * N + 1, L + 1).
halved(N, L) -> if N band 1 =:= 0, N > 0 -> halved(N bsr 1, L + 1); true -> steps(N, L) end.
linear(N) -> {N * 3 + 1, -7 * N - 5}.

least(N) when N < 8 -> N;
least(_) -> more.
most(N) when N >= 8 -> N;
most(_) -> [].

depth(N) when N =< 0 -> 0;
depth(N) -> depth(N - 1) + N.

%% Elements of tuples that new terms are built of, with collections in between.
rebuilt({_, _, A, _} = T) when length(A) > 200 -> rebuilt(setelement(3, T, []));
rebuilt({N, _, _, _} = T) when N rem 3 =:= 0 -> first_and_third(T);
rebuilt({N, _, _, _} = T) when N rem 3 =:= 1 -> [second_and_fourth(T) | element(3, T)];
rebuilt(T) -> {L, R} = halves(T), [L, R].
first_and_third(T) -> [element(1, T) | element(3, T)].
second_and_fourth({_, B, _, D}) -> {D, B}.
halves({A, B, C, D}) -> {pair(A, B, [C]), {C, {D, A}}}.
