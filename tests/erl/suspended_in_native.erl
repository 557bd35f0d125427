%% A process that is suspended before or in a native that takes long can be collected and asked, and goes on where it was.
%% (OTP 25.2.3 loses the collections of a suspended process with a large heap, so what must be printed is written down.)
-module(suspended_in_native).
-export([main/1]).

main(_) ->
    Self = self(),
    {P, Monitor} = spawn_monitor(fun() -> L = lists:seq(1, 100000), Self ! ready, loop(L, erlang:phash2(L)) end),
    receive ready -> ok end,
    t:show(lists:usort([turn(P, N) || N <- lists:seq(1, 300)])),
    P ! stop,
    receive {'DOWN', Monitor, _, _, Reason} -> t:show(Reason) end.

turn(P, N) ->
    erlang:suspend_process(P, case N rem 2 of 0 -> []; 1 -> [asynchronous] end),
    garbage_collect(P, [{async, N}]),
    [_ | _] = process_info(P, [status, messages]),
    false = erlang:check_process_code(P, suspended_in_native),
    R = receive {garbage_collect, N, Done} -> Done after 10000 -> not_collected end,
    erlang:resume_process(P),
    N rem 7 =:= 0 andalso erlang:yield(),
    R.

%% Each result is looked at in full.
loop(L, Hash) ->
    B = term_to_binary(L),
    Hash = erlang:phash2(binary_to_term(B)),
    nomatch = binary:match(B, <<"this is not in it">>),
    _ = erlang:md5(B),
    receive stop -> ok after 0 -> loop(lists:reverse(lists:reverse(L)), Hash) end.
