%% area: strings repeat: 3
-module(str_regex).
-export([main/0]).
main() ->
    L = iolist_to_binary([io_lib:format("10.0.~w.~w - GET /path/~w?q=~w HTTP/1.1 ~w\n", [I rem 256, I rem 200, I, I * 3, 200 + I rem 5]) || I <- lists:seq(1, 12000)]),
    {match, M} = re:run(L, "^(\\d+\\.\\d+\\.\\d+\\.\\d+) - (\\w+) (\\S+) HTTP/1\\.1 (\\d+)$", [global, multiline, {capture, all_but_first, binary}]),
    R = re:replace(L, "q=(\\d+)", "[\\1]", [global, {return, binary}]),
    {length(M), erlang:phash2(M), erlang:md5(R), length(re:split(L, "\\s+")), length(binary:split(L, <<"\n">>, [global])), length(binary:matches(L, [<<"GET">>, <<"20">>]))}.
