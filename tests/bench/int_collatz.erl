%% area: integers repeat: 5
-module(int_collatz).
-export([main/0]).
main() -> run(1, 350000, 0, 0).
run(N, Max, Best, At) when N > Max -> {Best, At};
run(N, Max, Best, At) ->
    case len(N, 1) of
        L when L > Best -> run(N + 1, Max, L, N);
        _ -> run(N + 1, Max, Best, At)
    end.
len(1, L) -> L;
len(N, L) when N band 1 =:= 0 -> len(N bsr 1, L + 1);
len(N, L) -> len(3 * N + 1, L + 1).
