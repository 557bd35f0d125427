%% area: integers repeat: 6
-module(int_tak).
-export([main/0]).
main() -> [tak(24, 16, N) || N <- [6, 7, 8, 9]].
tak(X, Y, Z) when Y < X -> tak(tak(X - 1, Y, Z), tak(Y - 1, Z, X), tak(Z - 1, X, Y));
tak(_, _, Z) -> Z.
