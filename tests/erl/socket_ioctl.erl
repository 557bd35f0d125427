%% socket:ioctl: network interfaces, asked and (in vain) changed.
-module(socket_ioctl).
-export([main/1]).

main(_) ->
    [t:show(lists:sort(socket:supports(Item))) || Item <- [ioctl_requests, ioctl_flags]],
    {ok, S} = socket:open(inet, dgram),
    {ok, All} = socket:ioctl(S, gifconf),
    t:show([I || #{name := "lo"} = I <- All]),
    Questions = [gifindex, gifflags, gifaddr, gifdstaddr, gifbrdaddr, gifnetmask, gifmtu, gifhwaddr, gifmap, giftxqlen],
    [t:show({Name, Q, hardware(catch socket:ioctl(S, Q, Name))}) || Name <- ["lo", "no such one", "a name that is too long for it"], Q <- Questions],
    {ok, Index} = socket:ioctl(S, gifindex, "lo"),
    t:show([socket:ioctl(S, gifname, I) || I <- [Index, 99999]]),
    [t:show({Request, t:try_it(fun() -> socket:ioctl(S, Request, Value) end)}) ||
        {Request, Value} <- [{gifmtu, 1}, {gifname, "lo"}, {gifconf, "lo"}, {sifmtu, "lo"}, {no_such, "lo"}]],
    [t:show({Request, t:try_it(fun() -> socket:ioctl(S, Request, Name, Value) end)}) ||
        {Request, Name, Value} <- [{sifmtu, "nosuch", 1500}, {sifmtu, "nosuch", x}, {siftxqlen, "nosuch", 5}, {sifflags, 1, #{up => true}},
                                   {sifflags, "nosuch", #{up => true, debug => false}}, {sifaddr, "nosuch", x}, {gifmtu, "lo", 1},
                                   {sifaddr, "nosuch", #{family => inet, addr => {127, 0, 0, 9}, port => 0}}]],
    ok = socket:close(S),
    t:show(socket:ioctl(S, gifconf)).

%% What is behind a hardware address is undefined.
hardware({ok, #{addr := <<Address:6/binary, _/binary>>} = Map}) -> {ok, Map#{addr := Address}};
hardware(Other) -> Other.
