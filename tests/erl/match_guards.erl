%% Guards: type tests, guard functions that fail, andalso/orelse, comma and semicolon.
-module(match_guards).
-export([main/1]).

main(_) ->
    Ts = [a, 1, 1.5, 1 bsl 80, [], [1], [1 | 2], {}, {1, 2}, #{}, #{a => 1}, <<>>, <<1>>, <<1:3>>, true, false, self(), make_ref(),
          fun() -> 1 end, fun(_) -> 1 end, fun lists:map/2, "text", {rec, 1}, {rec, 1, 2}],
    [io:format("~w: ~w ~w ~w ~w~n", [N, types(T), sizes(T), logic(T), rec(T)]) || {N, T} <- lists:zip(lists:seq(1, length(Ts)), Ts)],
    io:format("~w~n", [[arith(X, Y) || X <- [0, 1, 2, a, 1.5], Y <- [0, 1, a, 2.0]]]),
    io:format("~w~n", [[multi(X) || X <- [1, a, [], {}, "s", 2.5]]]),
    io:format("~w~n", [[elem(T, I) || T <- [{}, {a}, {a, b}, x], I <- [0, 1, 2, 3, a]]]),
    io:format("~w~n", [[mapkey(K, M) || K <- [a, b], M <- [#{}, #{a => 1}, notmap]]]),
    io:format("~w~n", [[binpart(B, P, L) || B <- [<<1, 2, 3>>, a], P <- [0, 3, 4, -1], L <- [0, 1, -1, 9]]]),
    io:format("~w~n", [[range(X) || X <- [-1, 0, 5, 9, 10, 5.5, a, 1 bsl 70]]]),
    io:format("~w~n", [[self_guard(P) || P <- [self(), a]]]),
    io:format("~w~n", [[bool(A, B) || A <- [true, false, x], B <- [true, false, x]]]).

types(T) ->
    [N || {N, true} <- [{atom, is_atom(T)}, {int, is_integer(T)}, {float, is_float(T)}, {num, is_number(T)}, {list, is_list(T)}, {tuple, is_tuple(T)},
        {map, is_map(T)}, {bin, is_binary(T)}, {bits, is_bitstring(T)}, {bool, is_boolean(T)}, {pid, is_pid(T)}, {ref, is_reference(T)},
        {function, is_function(T)}, {f0, is_function(T, 0)}, {f1, is_function(T, 1)}, {port, is_port(T)}]].

sizes(T) when length(T) > 0 -> {length, length(T)};
sizes(T) when tuple_size(T) > 0 -> {tuple, tuple_size(T)};
sizes(T) when map_size(T) > 0 -> {map, map_size(T)};
sizes(T) when byte_size(T) > 0 -> {bytes, byte_size(T), bit_size(T)};
sizes(T) when size(T) =:= 0 -> size0;
sizes(_) -> none.

logic(T) when is_list(T), hd(T) =:= 1; is_tuple(T), element(1, T) =:= 1 -> first1;
logic(T) when is_list(T) andalso (T =:= [] orelse is_integer(hd(T))) -> ints;
logic(T) when not is_atom(T) andalso not is_number(T) -> compound;
logic(T) when T -> is_true;
logic(T) when not T -> is_false;
logic(_) -> none.

rec(T) when is_record(T, rec, 2) -> rec2;
rec(T) when element(1, T) =:= rec -> rec;
rec(_) -> no.

arith(X, Y) when X / Y > 1 -> gt;
arith(X, Y) when X div Y =:= 0 -> divzero;
arith(X, Y) when X + Y == 3 -> three;
arith(X, Y) when abs(X) > 0, is_atom(Y) -> atom;
arith(X, _) when X band 1 =:= 1 -> odd;
arith(_, _) -> none.

multi(X) when X + 1 > 1; is_atom(X); length(X) =:= 0 -> yes;
multi(_) -> no.

elem(T, I) when element(I, T) =:= a -> a;
elem(T, I) when element(I, T) =:= b -> b;
elem(_, _) -> none.

mapkey(K, M) when is_map_key(K, M) -> map_get(K, M);
mapkey(K, M) when map_get(K, M) =:= 1 -> never;
mapkey(_, _) -> none.

binpart(B, P, L) when binary_part(B, P, L) =:= <<3>> -> three;
binpart(B, P, L) when byte_size(binary_part(B, P, L)) >= 0 -> ok;
binpart(_, _, _) -> bad.

range(X) when is_integer(X), X >= 0, X < 10 -> in;
range(X) when X >= 0, X < 10 -> real;
range(X) when is_integer(X) -> out;
range(_) -> none.

self_guard(P) when P =:= self(), node(P) =:= node() -> me;
self_guard(_) -> other.

bool(A, B) when A and B -> both;
bool(A, B) when A or B -> one;
bool(A, B) when A xor B -> never;
bool(A, B) when A orelse B -> short;
bool(A, _) when A =:= false -> f;
bool(_, _) -> none.
