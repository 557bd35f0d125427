%% A process that hibernates does not pay for questions: its heap stays as small as it is.
%% (A collection that gc-stress forces gives it the least block again.)
%% not under: gc-stress
-module(hibernate_asked).
-export([main/1]).

main(_) ->
    P = spawn(fun() -> erlang:hibernate(erlang, halt, []) end),
    hibernates(P),
    t:show(length(lists:usort([process_info(P, [heap_size, total_heap_size]) || _ <- lists:seq(1, 20)]))),
    exit(P, kill).

hibernates(P) ->
    case process_info(P, current_function) of
        {current_function, {erlang, hibernate, 3}} -> ok;
        _ -> receive after 1 -> hibernates(P) end
    end.
