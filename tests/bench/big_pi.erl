%% area: bignums repeat: 2
-module(big_pi).
-export([main/0]).
main() -> digits(1300).
digits(N) -> go({1, 0, 1, 1, 3, 3}, N, []).
go(_, 0, A) -> lists:reverse(A);
go({Q, R, T, K, M, X}, N, A) ->
    case 4 * Q + R - T < M * T of
        true -> go({10 * Q, 10 * (R - M * T), T, K, (10 * (3 * Q + R)) div T - 10 * M, X}, N - 1, [M | A]);
        false -> go({Q * K, (2 * Q + R) * X, T * X, K + 1, (Q * (7 * K + 2) + R * X) div (T * X), X + 2}, N, A)
    end.
