%% area: strings repeat: 10
-module(str_format).
-export([main/0]).
main() -> lists:foldl(fun(I, H) -> erlang:phash2({H, unicode:characters_to_binary(io_lib:format("~w ~p ~s ~.3f ~8b ~tp~n", [I, {I, [a, "b"]}, "text", I / 7, I, #{k => [I]}]))}) end, 0, lists:seq(1, 17000)).
