%% re: patterns that nest deeply, and Latin-1's letters in UTF-8 mode.
-module(re_limits).
-export([main/1]).

main(_) ->
    [t:show({N, nested(N)}) || N <- [250, 251, 798, 799, 1000, 5000]],
    [t:show({Text, Pattern, Options, re:run(Text, Pattern, Options)})
     || Text <- ["a", [229], [$x, 229], [$-, 181, $b], [$-, 215]],
        Pattern <- ["\\w", "^\\w", "x?\\w", "\\W", "[\\w]", "(*UTF8)\\w", "\\d|\\w", "\\s"],
        Options <- [[], [unicode], [unicode, ucp], [unicode, caseless]],
        not (hd(Pattern) =:= $( andalso Options =:= [])].

nested(N) ->
    case re:compile([lists:duplicate(N, $(), lists:duplicate(N, $))]) of
        {ok, {re_pattern, Groups, _, _, _}} -> Groups;
        {error, Reason} -> Reason
    end.
