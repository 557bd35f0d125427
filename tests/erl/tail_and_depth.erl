%% Tail calls in constant stack, deep body recursion, mutual recursion, many arguments, large frames, long lists, deep terms.
%% timeout: 60
-module(tail_and_depth).
-export([main/1, even/1, odd/1]).

main(_) ->
    t:show(count(10000000, 0)), t:show(even(1000001)), t:show(?MODULE:even(100000)), t:show(body(1000000)), L = build(10000000), t:show(length(L)), t:show(lists:last(L)), t:show(len(L)), t:show(args(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 100000)), t:show(frame(50000)), t:show(cps(100000, fun(X) -> X end)), t:show(try_depth(100000)), t:show(apply_loop(500000)), t:show(ack(2, 300)),
    Deep = lists:foldl(fun(I, A) -> [I, A] end, [], lists:seq(1, 1000000)), t:show(erlang:phash2(Deep)), t:show(Deep =:= id(binary_to_term(term_to_binary(Deep)))), Self = self(), spawn_link(fun() -> Self ! Deep end), t:show(receive X -> X =:= Deep end), t:show(length(lists:flatten(Deep))), t:show(erts_debug:flat_size(Deep)), t:show(erts_debug:size({Deep, Deep}) =:= erts_debug:flat_size(Deep) + 3), T = lists:foldl(fun(_, A) -> {A, A} end, x, lists:seq(1, 20)), t:show(erts_debug:size(T)), t:show(erts_debug:flat_size(T)), t:show(machine([push, push, add, dup, mul, stop], [3, 4], [])), t:show(catch_stack(20)), t:show(fannkuch(7)).

id(X) -> X.
count(0, A) -> A;
count(N, A) -> count(N - 1, A + 1).
even(0) -> true;
even(N) -> odd(N - 1).
odd(0) -> false;
odd(N) -> ?MODULE:even(N - 1).
body(0) -> 0;
body(N) -> 1 + body(N - 1).
build(0) -> [];
build(N) -> [N | build(N - 1)].
len([]) -> 0;
len([_ | T]) -> len(T) + 1.
args(A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T, 0) -> [A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T];
args(A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T, X) -> args(T, A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, X - 1).
frame(0) -> 0;
frame(N) ->
    A = id(N), B = id(A + 1), C = id(B + 1), D = id({A, C}), E = id([D, B]), F = id(E),
    R = frame(N - 1),
    case F of [{A, C}, B] -> R + (A + B + C) rem 7 end.
cps(0, K) -> K(0);
cps(N, K) -> cps(N - 1, fun(X) -> K(X + N) end).
try_depth(0) -> throw(bottom);
try_depth(N) -> try try_depth(N - 1) catch throw:bottom when N rem 1000 =:= 1 -> N =/= 1 andalso throw(bottom) end.
apply_loop(0) -> done;
apply_loop(N) -> F = fun apply_step/1, F(N).
apply_step(N) -> apply(fun(X) -> apply_loop(X) end, [N - 1]).
ack(0, N) -> N + 1;
ack(M, 0) -> ack(M - 1, 1);
ack(M, N) -> ack(M - 1, ack(M, N - 1)).
machine([push | P], [X | In], S) -> machine(P, In, [X | S]);
machine([add | P], In, [A, B | S]) -> machine(P, In, [A + B | S]);
machine([mul | P], In, [A, B | S]) -> machine(P, In, [A * B | S]);
machine([dup | P], In, [A | S]) -> machine(P, In, [A, A | S]);
machine([stop], _, S) -> S.
catch_stack(0) -> 0;
catch_stack(N) -> case catch catch_stack(N - 1) + (catch throw(1)) of X when is_integer(X) -> X end.
fannkuch(N) -> lists:max([flips(P, 0) || P <- perms(lists:seq(1, N))]).
flips([1 | _], K) -> K;
flips([H | _] = L, K) -> {A, B} = lists:split(H, L), flips(lists:reverse(A) ++ B, K + 1).
perms([]) -> [[]];
perms(L) -> [[H | T] || H <- L, T <- perms(L -- [H])].
