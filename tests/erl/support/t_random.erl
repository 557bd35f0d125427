%% Random terms from a seed: the same ones on every VM. State is that of rand:seed_s(exsss, Seed), handed on.
-module(t_random).
-export([seed/1, int/2, pick/2, term/2, integer/1, real/1, many/3, fold/4]).

seed(N) -> rand:seed_s(exsss, {N, N * 7 + 1, N * 13 + 5}).

%% 1..N
int(N, S) -> rand:uniform_s(N, S).

pick(List, S0) -> {I, S} = int(length(List), S0), {lists:nth(I, List), S}.

many(0, _, S) -> {[], S};
many(N, F, S0) -> {X, S1} = F(S0), {Xs, S2} = many(N - 1, F, S1), {[X | Xs], S2}.

%% Calls F(I, Acc, S) -> {Acc, S} for I in 1..N; returns the last Acc.
fold(N, F, Acc, S) -> fold(1, N, F, Acc, S).
fold(I, N, _, Acc, _) when I > N -> Acc;
fold(I, N, F, Acc0, S0) -> {Acc, S} = F(I, Acc0, S0), fold(I + 1, N, F, Acc, S).

%% Integers of every size, most of them near powers of two.
integer(S0) ->
    {Bits, S1} = pick([1, 4, 8, 16, 27, 31, 32, 58, 59, 60, 61, 62, 63, 64, 65, 100, 127, 128, 200, 1000], S0),
    {X, S2} = int(1 bsl Bits, S1),
    {K, S3} = int(8, S2),
    {case K of
         1 -> 1 bsl Bits;
         2 -> (1 bsl Bits) - 1;
         3 -> -(1 bsl Bits);
         4 -> -(1 bsl Bits) - 1;
         5 -> -X;
         _ -> X
     end, S3}.

real(S0) ->
    {Bits, S1} = int(1 bsl 64, S0),
    {K, S2} = int(4, S1),
    case K of
        1 -> {(Bits rem 2000000 - 1000000) / 128, S2};
        2 -> {float(Bits rem 1000), S2};
        _ -> case <<(Bits - 1):64>> of
                 <<F/float>> -> {F, S2};
                 _ -> real(S2)
             end
    end.

%% A term whose depth is at most Depth.
term(0, S0) ->
    {K, S} = int(10, S0),
    case K of
        K when K =< 3 -> integer(S);
        4 -> real(S);
        5 -> pick([a, b, abc, '', 'two words', undefined, 'h\x{e9}', '\x{3bb}\x{3bc}', true], S);
        6 -> {[], S};
        7 -> {N, S1} = int(20, S), {Bytes, S2} = many(N - 1, fun(X) -> int(256, X) end, S1), {list_to_binary([B - 1 || B <- Bytes]), S2};
        8 -> {N, S1} = int(40, S), {V, S2} = int(1 bsl 40, S1), {<<V:N>>, S2};
        9 -> {N, S1} = int(12, S), {Cs, S2} = many(N - 1, fun(X) -> int(95, X) end, S1), {[C + 31 || C <- Cs], S2};
        10 -> pick([{}, #{}, <<>>, "", fun lists:map/2, fun erlang:abs/1, 0, 0.0], S)
    end;
term(Depth, S0) ->
    {K, S} = int(8, S0),
    case K of
        K when K =< 2 -> term(0, S);
        3 -> {N, S1} = int(6, S), many(N, fun(X) -> term(Depth - 1, X) end, S1);
        4 -> {N, S1} = int(5, S), {L, S2} = many(N, fun(X) -> term(Depth - 1, X) end, S1), {T, S3} = term(0, S2), {L ++ T, S3};
        5 -> {N, S1} = int(6, S), {L, S2} = many(N, fun(X) -> term(Depth - 1, X) end, S1), {list_to_tuple(L), S2};
        6 -> {N, S1} = int(6, S), {L, S2} = many(N, fun(X) -> pair(Depth, X) end, S1), {maps:from_list(L), S2};
        7 -> {N, S1} = int(60, S), {L, S2} = many(N, fun(X) -> pair(1, X) end, S1), {maps:from_list(L), S2};
        8 -> {A, S1} = term(Depth - 1, S), {{A, A, [A | A]}, S1}
    end.

pair(Depth, S0) -> {K, S1} = term(0, S0), {V, S2} = term(Depth - 1, S1), {{K, V}, S2}.
