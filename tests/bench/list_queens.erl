%% area: lists repeat: 12
-module(list_queens).
-export([main/0]).
main() -> {length(queens(10)), hd(queens(10)), length(queens(9))}.
queens(N) -> place(N, N).
place(0, _) -> [[]];
place(K, N) -> [[Q | R] || R <- place(K - 1, N), Q <- lists:seq(1, N), safe(Q, 1, R)].
safe(_, _, []) -> true;
safe(Q, D, [H | T]) -> Q =/= H andalso Q - H =/= D andalso H - Q =/= D andalso safe(Q, D + 1, T).
