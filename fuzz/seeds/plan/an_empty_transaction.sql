























SET 
SET 
SET 
SET 
SET 
SET 
SET 




BEGIN;





COMMIT;
















SET lock_timeout = 





SET lock_timeout = 




BEGIN;




COMMIT;
-- drift-plan 1 
-- | {"way":"additive","live":false,"goal":{"spec":""},"left":[{"object":"","":"","":""}],"touches":[
-- | ""],"made_for":{"server_version":7,"whole":"","parts":{"":""
-- | ,"":"","":""}},"titles":[[4,
-- | ""]],"statements":[{"at":25,"lines":
-- | 1,"sum":""},{"at":26,"lines":1,"sum":""},{"at":27,"lines":1,"sum":""},{
-- | "at":28,"lines":1,"sum":""},{"at":29,"lines":1,"sum":""},{"at":30,"lines":1,"su
-- | m":""},{"at":31,"lines":1,"sum":""},{"at":36,"lines":1,"sum":""},{"at":42,"lines":1,"sum":""},{"at":9,"lines":8,"sum":"","step":{"lock":"none"}},{"at
-- | ":59,"lines":1,"sum":""},{"at":4,"lines":1,"sum":"","step":{"lock":"share-upda
-- | te-exclusive","":"","":[""],"":true}},{"at":65,"lines":
-- | 1,"sum":""},{"at":70,"lines":1,"sum":""},{"at":3,"lines":1,"sum":"","":{"":""}},{"at":75,"lines":1,"sum":""}]}