%% area: strings repeat: 6
-module(str_iolist).
-export([main/0]).
main() -> [erlang:md5(page(N, 3000)) || N <- lists:seq(1, 60)].
page(N, 0) -> iolist_to_binary(["<end>", integer_to_list(N)]);
page(N, K) -> L = [row(N, I) || I <- lists:seq(1, K)], iolist_to_binary(["<table>", L, "</table>", integer_to_binary(iolist_size(L))]).
row(N, I) -> ["<tr><td>", integer_to_list(N * I), "</td><td>", <<"cell">>, $:, atom_to_list(row), "</td></tr>\n"].
