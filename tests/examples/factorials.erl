%% Big integers: factorials, Fibonacci numbers, primes, digits of e and pi.
-module(factorials).
-export([main/1]).

main(_Args) ->
    [io:format("~w! = ~w~n", [N, fact(N)]) || N <- [0, 1, 5, 20, 21, 50, 100]],
    F = fact(3000),
    io:format("3000! has ~w digits, sum of digits ~w, trailing zeros ~w~n",
              [length(integer_to_list(F)), lists:sum([C - $0 || C <- integer_to_list(F)]), zeros(F, 0)]),
    io:format("product tree agrees: ~w~n", [product(1, 3000) =:= F]),
    io:format("fib(1000) = ~w~n", [fib(1000)]),
    io:format("binomial(200, 100) = ~w~n", [fact(200) div (fact(100) * fact(100))]),
    io:format("~w~n", [[P || P <- [31, 61, 89, 107, 127, 128, 521, 600, 607], lucas_lehmer(P)]]),
    io:format("~s~n", [e_digits(200)]),
    io:format("~w~n", [pi_digits(100)]),
    io:format("2^4423-1: ~w~n", [erlang:phash2((1 bsl 4423) - 1)]),
    io:format("sqrt(2) = ~s~n", [integer_to_list(isqrt(2 * pow(10, 200)))]),
    io:format("~w~n", [-F rem 1000000007 =:= -(F rem 1000000007)]),
    io:format("~s~n", [integer_to_list(fact(60), 36)]).

fact(0) -> 1;
fact(N) -> N * fact(N - 1).

product(A, A) -> A;
product(A, B) -> M = (A + B) div 2, product(A, M) * product(M + 1, B).

zeros(N, Z) when N rem 10 =:= 0 -> zeros(N div 10, Z + 1);
zeros(_, Z) -> Z.

fib(N) -> fib(N, 0, 1).
fib(0, A, _) -> A;
fib(N, A, B) -> fib(N - 1, B, A + B).

lucas_lehmer(P) -> M = (1 bsl P) - 1, ll(P - 2, 4, M) =:= 0.
ll(0, S, _) -> S;
ll(N, S, M) -> ll(N - 1, (S * S - 2) rem M, M).

pow(_, 0) -> 1;
pow(B, E) when E band 1 =:= 0 -> pow(B * B, E bsr 1);
pow(B, E) -> B * pow(B, E - 1).

e_digits(N) ->
    One = pow(10, N + 10),
    S = e_sum(One, One, 1),
    integer_to_list(S div pow(10, 10)).
e_sum(0, S, _) -> S;
e_sum(T, S, K) -> T1 = T div K, e_sum(T1, S + T1, K + 1).

pi_digits(N) -> pi({1, 0, 1, 1, 3, 3}, N).
pi(_, 0) -> [];
pi({Q, R, T, K, M, X}, N) when 4 * Q + R - T < M * T -> [M | pi({10 * Q, 10 * (R - M * T), T, K, (10 * (3 * Q + R)) div T - 10 * M, X}, N - 1)];
pi({Q, R, T, K, _, X}, N) -> pi({Q * K, (2 * Q + R) * X, T * X, K + 1, (Q * (7 * K + 2) + R * X) div (T * X), X + 2}, N).

isqrt(N) -> isqrt(N, N).
isqrt(N, X) ->
    case (X + N div X) bsr 1 of
        Y when Y < X -> isqrt(N, Y);
        _ -> X
    end.
