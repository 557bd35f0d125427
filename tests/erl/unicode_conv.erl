%% The unicode module: conversions between encodings, incomplete and bad input, normalisation, bom.
-module(unicode_conv).
-export([main/1]).

main(_) ->
    Data = ["abc", <<"abc">>, [[<<"a">>], $b | <<"c">>], [233, 955, 16#1F600], <<"h\x{e9}\x{3bb}"/utf8>>, <<233>>, <<195>>, [<<195>>, <<169>>], [<<195>>, 169], [16#D800], [16#110000], <<237, 160, 128>>, [a], [-1], [1 | 2], <<1:3>>, [], <<>>, [<<"ok">>, <<255>>, "rest"], <<240, 159, 152>>, [<<240, 159>>, <<152, 128>>]],
    [io:format("~w~n  ~w~n  ~w~n", [D, t:try_it(fun() -> unicode:characters_to_list(D) end), t:try_it(fun() -> unicode:characters_to_binary(D) end)]) || D <- Data],
    [io:format("~w ~w->~w: ~w~n", [D, I, O, t:try_it(fun() -> unicode:characters_to_binary(D, I, O) end)]) || D <- ["h\x{e9}", [955], <<104, 233>>, <<0, 104, 0, 233>>, <<16#D8, 16#3D, 16#DE, 0>>], I <- [latin1, utf8, utf16, {utf16, little}, utf32], O <- [utf8, latin1, {utf16, little}, {utf32, big}, bad]],
    [io:format("~w ~w: ~w~n", [D, I, t:try_it(fun() -> unicode:characters_to_list(D, I) end)]) || D <- [<<104, 233>>, <<0, 104, 0, 233>>, <<104, 0>>, <<0, 0, 0, 104>>], I <- [latin1, utf8, utf16, {utf16, little}, utf32, {utf32, little}]],
    t:show([unicode:bom_to_encoding(B) || B <- [<<239, 187, 191, "x">>, <<254, 255>>, <<255, 254>>, <<0, 0, 254, 255>>, <<255, 254, 0, 0>>, <<"none">>]]), t:show([unicode:encoding_to_bom(E) || E <- [utf8, utf16, {utf16, little}, utf32, latin1]]),
    S = [16#E9, $e, 16#301, 16#FB01, 16#212B, 16#1100, 16#1161], [io:format("~w~n", [unicode:F(S)]) || F <- [characters_to_nfc_list, characters_to_nfd_list, characters_to_nfkc_list, characters_to_nfkd_list, characters_to_nfc_binary, characters_to_nfd_binary]],
    Long = lists:duplicate(20000, "h\x{e9}\x{3bb}\x{1F600}"), B = unicode:characters_to_binary(Long), t:show({byte_size(B), erlang:md5(B), unicode:characters_to_list(B) =:= lists:flatten(Long)}), t:show(erlang:md5(unicode:characters_to_binary(B, utf8, utf16))), t:show(length(unicode:characters_to_list(binary:copy(<<233>>, 100000), latin1))),
    t:show([list_to_atom("h\x{e9}\x{3bb}"), atom_to_list('h\x{e9}\x{3bb}'), atom_to_binary('\x{3bb}'), atom_to_binary('h\x{e9}', latin1), t:try_it(fun() -> atom_to_binary('\x{3bb}', latin1) end), binary_to_atom(<<206, 187>>)]), io:format("~ts ~tp ~tw ~p ~w ~s~n", ["h\x{e9}\x{3bb}", "h\x{e9}\x{3bb}", '\x{3bb}', "h\x{e9}", '\x{e9}', "h\x{e9}"]), io:format("~ts~n", [<<"\x{3bb}\x{1F600}"/utf8>>]), t:show(t:try_it(fun() -> io_lib:format("~s", [[955]]) end)).
