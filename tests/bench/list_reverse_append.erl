%% area: lists repeat: 3
-module(list_reverse_append).
-export([main/0]).
main() -> L = lists:seq(1, 1000), loop(12000, L, 0).
loop(0, _, A) -> A;
loop(N, L, A) ->
    R = rev(L, []),
    B = app(R, [N]),
    loop(N - 1, L, A + lists:last(B) + length(B) + nth(500, B)).
rev([H | T], A) -> rev(T, [H | A]);
rev([], A) -> A.
app([H | T], L) -> [H | app(T, L)];
app([], L) -> L.
nth(1, [H | _]) -> H;
nth(N, [_ | T]) -> nth(N - 1, T).
