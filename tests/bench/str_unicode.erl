%% area: strings repeat: 4
-module(str_unicode).
-export([main/0]).
main() ->
    T = lists:flatten(lists:duplicate(4000, "The quick br\x{f6}wn fox, \x{3bb}\x{3bc} jumps; over. ")),
    B = unicode:characters_to_binary(T),
    [erlang:phash2(X) || X <- [string:uppercase(T), string:lexemes(T, " ,;."), string:replace(B, <<"fox">>, <<"dog">>, all), string:length(T), string:split(B, <<" ">>, all), string:reverse(T), string:trim(T), unicode:characters_to_nfd_list(T)]].
