%% Files sent by the module socket: whole, in part, in several steps to a slow reader, given up, refused.
-module(socket_sendfile).
-export([main/1]).

main(_) ->
    Name = "sendfile." ++ os:getpid(),
    Data = binary:copy(<<"0123456789abcdef">>, 1 bsl 17),  % 2 MiB
    ok = file:write_file(Name, Data),
    {ok, F} = file:open(Name, [read, raw, binary]),
    t:show(socket:is_supported(sendfile)),
    try
        parts(F, Data), slow(F, Data), nowait(F, Data), refused(F)
    after
        file:delete(Name)
    end.

pair() ->
    {ok, L} = socket:open(inet, stream, tcp),
    ok = socket:bind(L, #{family => inet, port => 0, addr => loopback}),
    ok = socket:listen(L),
    {ok, To} = socket:sockname(L),
    {ok, A} = socket:open(inet, stream, tcp),
    ok = socket:connect(A, To),
    {ok, B} = socket:accept(L),
    ok = socket:close(L),
    {A, B}.

parts(F, Data) ->
    {A, B} = pair(),
    [begin
         Reader = reader(B, Want),
         t:show({Offset, Count, socket:sendfile(A, F, Offset, Count, 3000)}),
         t:show(result(Reader) =:= {ok, binary:part(Data, Offset, Want)})
     end || {Offset, Count, Want} <- [{0, 10, 10}, {100, 5000, 5000}, {byte_size(Data) - 7, 0, 7}, {byte_size(Data) - 7, 100, 7}, {0, 0, byte_size(Data)}]],
    t:show(socket:sendfile(A, F, byte_size(Data), 0)),
    #{counters := C} = socket:info(A),
    t:show({[maps:get(K, C) || K <- [sendfile_byte, sendfile_fails, sendfile_max, sendfile_tries]], lists:sort(maps:keys(C))}),
    #{counters := C2} = socket:info(B),
    t:show(maps:is_key(sendfile, C2)).

reader(S, N) ->
    Self = self(),
    spawn_link(fun() -> Self ! {self(), socket:recv(S, N, 5000)} end).
result(Reader) -> receive {Reader, R} -> R end.

%% The reader begins late: more than the buffers hold waits.
slow(F, Data) ->
    {A, B} = pair(),
    ok = socket:setopt(A, socket, sndbuf, 20000), ok = socket:setopt(B, socket, rcvbuf, 20000),
    Self = self(),
    Reader = spawn_link(fun() -> receive after 50 -> Self ! {self(), socket:recv(B, 1 bsl 20)} end end),
    t:show([socket:sendfile(A, F, 3, 1 bsl 20, infinity), result(Reader) =:= {ok, binary:part(Data, 3, 1 bsl 20)}]),
    %% In time, and not.
    t:show(case socket:sendfile(A, F, 0, 0, 50) of {error, {timeout, N}} when N > 0, N < byte_size(Data) -> timeout; Other -> Other end),
    t:show(socket:close(A)).

nowait(F, Data) ->
    {A, B} = pair(),
    ok = socket:setopt(A, socket, sndbuf, 20000), ok = socket:setopt(B, socket, rcvbuf, 20000),
    {select, {{select_info, Tag, Handle} = Info, Sent}} = socket:sendfile(A, F, 0, 0, nowait),
    t:show([Tag, is_reference(Handle), Sent > 0, Sent < byte_size(Data)]),
    %% Somebody else waits for its turn.
    Self = self(),
    Other = spawn_link(fun() -> Self ! {self(), socket:send(A, <<"after">>)} end),
    receive after 20 -> ok end,
    Reader = reader(B, byte_size(Data) + 5),
    t:show(rest(A, Info, Handle, Sent, byte_size(Data))),
    t:show(result(Other)),
    {ok, All} = result(Reader),
    t:show(All =:= <<Data/binary, "after">>).

rest(A, Info, Handle, Sent, Size) ->
    receive {'$socket', A, select, Handle} -> ok end,
    case socket:sendfile(A, Info, Sent, 0, nowait) of
        {ok, More} -> {ok, Sent + More =:= Size};
        {select, {{select_info, sendfile, H} = I, More}} -> rest(A, I, H, Sent + More, Size)
    end.

refused(F) ->
    {A, B} = pair(),
    {ok, Not} = file:open("/dev/null", [read, binary]),
    t:show([t:try_it(fun() -> socket:sendfile(A, X, 0, C) end) || {X, C} <- [{F, -1}, {Not, 0}, {file, 0}, {F, all}]]),
    ok = socket:close(B),
    receive after 20 -> ok end,
    ok = file:close(F),
    t:show(element(1, socket:sendfile(A, F, 0, 0))),
    ok = socket:close(A),
    t:show(socket:sendfile(A, F, 0, 0)).
