%% Differences that tools/fuzz_diff has found.
-module(fuzz_found).
-export([main/1]).

main(_) ->
    %% nothing to search in: the pattern is not looked at
    t:show([t:try_it(fun() -> binary:F(<<>>, P) end) || F <- [split, match, matches], P <- [1.0, [], <<>>, x, [<<>>], {bm, 1}]]),
    t:show([t:try_it(fun() -> binary:split(B, <<"a">>, O) end) || B <- [<<>>, <<1>>], O <- [[x], x, [global | x], [trim], [trim_all], [{scope, {0, 1}}]]]),
    %% positions that are no small integer in OTP
    t:show([t:try_it(fun() -> lists:F(a, P, [{a}]) end) || F <- [keyfind, keymember, keysearch], P <- [1, 0, 1 bsl 59 - 1, 1 bsl 59, 1 bsl 60]]),
    %% a constant that +/1 does not take
    try id(+[]) catch error:badarith:S -> t:show(hd(S)) end,
    try id(+id([])) catch error:badarith:S2 -> t:show(setelement(4, hd(S2), here)) end,
    %% sums with constants that are no small integers in OTP, or whose negative is none
    [try F() catch error:badarith:S3 -> t:show(element(1, hd(S3))) end || F <- [
        fun() -> id(a) - -576460752303423488 end, fun() -> id(a) - 576460752303423488 end, fun() -> id(a) + 576460752303423488 end,
        fun() -> id(a) + 576460752303423487 end, fun() -> id(a) - 576460752303423487 end, fun() -> id(a) + -576460752303423488 end,
        fun() -> -1152921504606846976 + id(a) end, fun() -> 1152921504606846975 + id(a) end, fun() -> 7 + id(a) end,
        fun() -> id(a) * 3 + 1152921504606846975 end, fun() -> id(a) - 1 end, fun() -> id(a) - -1 end, fun() -> id(a) + -1 end]],
    %% whole bytes of what is no binary
    t:show([t:try_it(fun() -> F(<<1, 2, 5:3>>) end) || F <- [fun(B) -> binary:part(B, 0, 1) end, fun(B) -> binary_part(B, {2, -1}) end, fun(B) -> binary:part(B, 2, 1) end,
        fun(B) -> binary_to_list(B, 1, 2) end, fun(B) -> binary_to_list(B) end, fun(B) -> binary:copy(B, 0) end, fun(B) -> binary:copy(B, 1) end]]),
    %% what is behind a big integer is not looked at
    t:show([t:try_it(fun() -> unicode:F(L) end) || F <- [characters_to_list, characters_to_binary],
        L <- [[[1], -1, <<0:1>>], [<<0:1>>], [[1], a, -1], ["text", -(1 bsl 59) - 1, true], [1, 1 bsl 59, <<0:1>>], [1, 1 bsl 70, a]]]).

id(X) -> X.
