%% area: floats repeat: 5
-module(float_matrix).
-export([main/0]).
main() ->
    N = 140,
    A = [[1.0 / (I + J) || J <- lists:seq(1, N)] || I <- lists:seq(1, N)],
    B = [[(I * 3 + J) / 7 || J <- lists:seq(1, N)] || I <- lists:seq(1, N)],
    C = mul(mul(mul(A, B), A), B),
    round(lists:sum([lists:sum(R) || R <- C]) / 1000).
mul(A, B) -> T = transpose(B), [[dot(R, C, 0.0) || C <- T] || R <- A].
dot([X | Xs], [Y | Ys], S) -> dot(Xs, Ys, S + X * Y);
dot([], [], S) -> S.
transpose([[] | _]) -> [];
transpose(M) -> [[hd(R) || R <- M] | transpose([tl(R) || R <- M])].
